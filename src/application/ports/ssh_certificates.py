"""Where SSH certificates come from, and what is in them and in keys."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from application.ports.ssh_credentials import SshKeyPair


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Who may log in with a certificate, and when; `valid_until` None means for ever."""

    principals: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class SshKey:
    """A private key and its public part, in the text formats of OpenSSH; `repr` hides the first."""

    private_key: str = field(repr=False)
    public_key: str
    fingerprint: str


class SshKeyReader(Protocol):
    """Reads private keys."""

    def read(self, text: str) -> SshKey:
        """Return a key without a passphrase.

        InvalidInput, which holds nothing of the text, if it is none that clusters can be signed in
        to with.
        """
        ...


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
