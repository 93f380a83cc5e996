"""Tokens and password hashes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from domain.job import JobRef

CLOCKS = timedelta(minutes=1)
"""How far the clocks of two hosts may differ."""


class TokenKind(StrEnum):
    """What a token is good for; one kind is never accepted in place of another."""

    ACCESS = "access"
    REFRESH = "refresh"
    UPDATE = "update"
    WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Token:
    """A signed token and the moment after which it is worthless."""

    text: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """Whom a session token speaks for, and which session it belongs to.

    `generation` counts how often the refresh token of the session was replaced by another.
    """

    user_id: int
    session_id: str
    generation: int = 0


@dataclass(frozen=True, slots=True)
class UpdateClaims:
    """The job that an update key speaks for, and when the key was made.

    Keys of a version before name the job by its number alone: the `job_id` is empty.
    """

    job: JobRef
    issued: datetime

    @property
    def issued_by(self) -> datetime:
        """When at the latest the key was made, by a clock other than its maker's."""
        return self.issued + CLOCKS


class TokenIssuer(Protocol):
    """Signs tokens and checks them; NotAuthenticated when one is wrong, expired or another kind."""

    def issue_session(self, kind: TokenKind, claims: SessionClaims, expires: datetime) -> Token:
        """Return an access or refresh token; `expires` is cut to whole seconds."""
        ...

    def read_session(
        self, kind: TokenKind, text: str, *, even_expired: bool = False
    ) -> SessionClaims:
        """Return what a session token of this kind claims, or claimed while it was good."""
        ...

    def issue_update_key(self, job: JobRef) -> Token:
        """Return the key with which the workers of one job report, valid seven days at most."""
        ...

    def read_update_key(self, text: str) -> UpdateClaims:
        """Return the job that an update key is for."""
        ...

    def issue_worker_key(self) -> Token:
        """Return the key with which a worker speaks of itself, valid an hour."""
        ...

    def read_worker_key(self, text: str) -> None:
        """Check a worker's key."""
        ...


class PasswordHasher(Protocol):
    """Hashes passwords slowly and with a salt."""

    def hash(self, password: str) -> str:
        """Return a hash that carries its salt and its cost."""
        ...

    def verify(self, password: str, password_hash: str | None) -> bool:
        """Say whether the password fits; without a hash it takes the same time and says no."""
        ...
