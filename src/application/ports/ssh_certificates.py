"""Where SSH certificates come from, and what is in one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.ports.ssh_credentials import SshKeyPair


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Who may log in with a certificate, and when; `valid_until` None means for ever."""

    principals: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None


class SshCertificateReader(Protocol):
    """Reads certificates."""

    def read(self, pair: SshKeyPair) -> CertificateFacts:
        """Return what a certificate says.

        InvalidSshCertificate if it is no user certificate, is not signed rightly, or certifies
        another key than the one beside it.
        """
        ...


class SshCertificateService(Protocol):
    """Certifies users who prove who they are with their token."""

    def certify(self, token: str) -> SshKeyPair:
        """Return a new key and certificate for the token's user.

        Unavailable when there is no usable answer within a few seconds.
        """
        ...
