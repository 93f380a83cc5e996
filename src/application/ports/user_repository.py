"""Users and their sessions, as they are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from domain.users import KeycloakUser, LocalUser, SshCredentials, User


class UserRepository(Protocol):
    """Users and their sessions."""

    def add_local(self, username: str, password_hash: str) -> LocalUser:
        """Add a user; UserExists if the name is taken."""
        ...

    def local_by_name(self, username: str) -> LocalUser | None:
        """Find a local user."""
        ...

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        """Return the user of this name whom Keycloak vouches for, added if it is the first time."""
        ...

    def set_ssh(
        self, user_id: int, ssh: SshCredentials | None, instead_of: SshCredentials | None = None
    ) -> bool:
        """Replace a Keycloak user's encrypted credentials; None removes them.

        With `instead_of` only if these are still the stored ones; the answer says whether it was
        done.
        """
        ...

    def with_ssh(self) -> Sequence[KeycloakUser]:
        """Return all users who have credentials stored."""
        ...

    def by_id(self, user_id: int) -> User | None:
        """Find any user."""
        ...

    def set_password(self, user_id: int, password_hash: str) -> None:
        """Replace a local user's password hash."""
        ...

    def start_session(self, user_id: int, session_id: str, expires: datetime) -> None:
        """Remember a session."""
        ...

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        """Say whether a session was started, has not expired and was not ended."""
        ...

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        """Return whose session this is, in one statement; None unless it is open."""
        ...

    def forget_sessions(self, before: datetime) -> None:
        """Forget sessions that expired before then."""

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        """Let an open session last until `expires`; say whether it was open."""
        ...

    def end_session(self, user_id: int, session_id: str) -> None:
        """End a session for good; nothing happens if it is unknown."""
        ...
