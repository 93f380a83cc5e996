"""How long sessions and their tokens last."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from application.ports.user_repository import SessionRenewal

LONGEST_OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SessionTerms:
    """What is in force.

    `access` is the life of an access token, `idle` how long a session lasts that nobody uses,
    `longest` how long one lasts however much it is used.
    """

    access: timedelta = timedelta(minutes=10)
    idle: timedelta = timedelta(hours=2)
    longest: timedelta = timedelta(days=30)

    @property
    def overlap(self) -> timedelta:
        """How long a refresh token stays good beside the one that took its place.

        Tabs share their cookies and renew them at the same moment, so all of them must get the
        same new token meanwhile.
        """
        return min(LONGEST_OVERLAP, self.access / 2)

    def expiry(self, now: datetime) -> datetime:
        """Return when a session is over that nobody uses from now on."""
        return _whole(now + self.idle)

    def end(self, now: datetime) -> datetime:
        """Return when a session is over that begins now, however much it is used."""
        return _whole(now + self.longest)

    def renewal(self, generation: int, now: datetime) -> SessionRenewal:
        """Return how a session is renewed now by whoever shows a refresh token."""
        return SessionRenewal(
            generation=generation,
            now=now,
            replaceable=now - self.overlap,
            expires=self.expiry(now),
            ends=self.end(now),
        )


def _whole(moment: datetime) -> datetime:
    """Return a moment as tokens tell it, so that session and refresh token end together."""
    return moment.replace(microsecond=0)
