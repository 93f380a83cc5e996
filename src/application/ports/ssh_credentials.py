"""SSH keys and certificates of users, ready for use."""

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SshKeyPair:
    """A certificate (one line) and its private key, in the text formats of OpenSSH.

    Neither is shown by `repr`, so that neither gets into a log.
    """

    certificate: str = field(repr=False)
    private_key: str = field(repr=False)


class SshCredentialSource(Protocol):
    """Gives those who connect to clusters what a user signs in there with."""

    def for_user(self, user_id: int) -> SshKeyPair:
        """Return a user's key and a certificate that is valid now.

        SshCredentialsMissing says, for the user to read, what lacks: nothing stored, expired, or
        unreadable since SECRET_KEY was changed.
        """
        ...
