"""All users, for those who run the service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.users import UserSource


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user, and how much there is of theirs.

    `live_jobs` are those that are not over; `open_sessions` those that have not expired.
    """

    id: int
    username: str
    source: UserSource
    jobs: int
    live_jobs: int
    last_job: datetime | None
    open_sessions: int


class UserDirectory(Protocol):
    """Looks after users of every source."""

    def all(self, now: datetime) -> Sequence[UserRecord]:
        """Return all users by name."""
        ...

    def named(self, username: str, now: datetime) -> Sequence[UserRecord]:
        """Return the users of this name: one for each source at the most."""
        ...

    def add_keycloak(self, username: str) -> int:
        """Add a user whom Keycloak vouches for, return the number; UserExists."""
        ...

    def rename(self, user_id: int, username: str) -> None:
        """Change a name; UserExists if another user of the same source has it."""
        ...

    def end_sessions(self, user_id: int) -> int:
        """End all sessions of a user, return how many there were."""
        ...

    def remove(self, user_id: int) -> None:
        """Remove a user with everything that belongs to them, jobs included."""
        ...
