"""People who use the platform and where they may compute."""

from dataclasses import dataclass
from enum import StrEnum


class UserSource(StrEnum):
    """Who vouches for a user: our own password table or Keycloak."""

    LOCAL = "local"
    KEYCLOAK = "keycloak"


@dataclass(frozen=True, slots=True)
class LocalUser:
    """A user with a password kept (hashed) by us."""

    id: int
    username: str
    password_hash: str
    source: UserSource = UserSource.LOCAL


@dataclass(frozen=True, slots=True)
class SshCredentials:
    """A certificate and its private key, both encrypted, for the user's clusters."""

    certificate: bytes
    private_key: bytes


@dataclass(frozen=True, slots=True)
class KeycloakUser:
    """A user whom Keycloak vouches for."""

    id: int
    username: str
    ssh: SshCredentials | None = None
    source: UserSource = UserSource.KEYCLOAK


User = LocalUser | KeycloakUser
