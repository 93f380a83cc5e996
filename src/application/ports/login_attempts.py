"""Attempts to sign in, as they are counted by all processes together."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class AttemptTally:
    """Attempts that have not succeeded since some moment.

    `pair` are those at this account from this address, `account` those at it from anywhere,
    `address` those from it at any account; `first` is when the oldest of them began to count.
    `last_success` is when this account was last signed in to from this address.
    """

    pair: int = 0
    account: int = 0
    address: int = 0
    first: datetime | None = None
    last_success: datetime | None = None


class LoginAttempts(Protocol):
    """Counts attempts by account and address, both opaque texts of at most 64 characters."""

    def tally(self, account: str, address: str, since: datetime) -> AttemptTally:
        """Count the attempts since then."""
        ...

    def count(self, account: str, address: str, now: datetime, since: datetime) -> None:
        """Count one more attempt; those of the pair before `since` are forgotten."""
        ...

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        """Forget the failures of a pair and note that it succeeded."""
        ...

    def forget(self, failed_before: datetime, succeeded_before: datetime) -> None:
        """Forget pairs whose failures and success are both older than that."""
        ...
