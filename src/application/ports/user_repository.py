"""Users and their sessions, as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.users import KeycloakUser, LocalUser, SshCredentials, User


@dataclass(frozen=True, slots=True)
class SessionRenewal:
    """How a session is to be renewed for whoever shows the refresh token `generation`.

    The token in force since before `replaceable` is replaced by the next generation, a younger one
    is given out again. The session lasts until `expires`, but not beyond the end that it was
    started with; one without such an end gets `ends`.
    """

    generation: int
    now: datetime
    replaceable: datetime
    expires: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class RenewedSession:
    """Which refresh token is in force now, and how long the session lasts."""

    generation: int
    expires: datetime


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

    def start_session(
        self, user_id: int, session_id: str, expires: datetime, ends: datetime | None = None
    ) -> None:
        """Remember a session; however often it is renewed, it does not last beyond `ends`."""
        ...

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        """Say whether a session was started, has not expired and was not ended."""
        ...

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        """Return whose session this is, in one statement; None unless it is open."""
        ...

    def forget_sessions(self, before: datetime, signed_out_before: datetime | None = None) -> None:
        """Forget sessions that expired before then.

        That a user signed out is remembered longer, since `signed_out_before`.
        """
        ...

    def renew_session(
        self, user_id: int, session_id: str, asked: SessionRenewal
    ) -> RenewedSession | None:
        """Let an open session last longer, for whoever shows its refresh token; else None.

        Two tokens are good: the one in force, and the one that it was given out for. That the
        latter comes back means that its user never got the new one, or only at this moment. A new
        one that was in force for longer is replaced then, so that only one of the two who may have
        them goes on. All in one statement: of many at the same moment one replaces the token.
        """
        ...

    def end_replayed_session(self, user_id: int, session_id: str, generation: int) -> bool:
        """End an open session unless `generation` is good in it; say whether it was ended."""
        ...

    def sign_out(self, user_id: int, session_id: str, now: datetime) -> None:
        """End a session at its user's wish, and remember that, even of one that is over."""
        ...

    def signed_out(self, user_id: int, session_id: str) -> bool:
        """Say whether a session was ended at its user's wish."""
        ...

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        """Let an open session last until `expires`; say whether it was open."""
        ...

    def end_session(self, user_id: int, session_id: str) -> None:
        """End a session for good; nothing happens if it is unknown or its user signed out."""
        ...
