"""How often one may try to sign in.

Attempts are counted for the pair of an account and an address, for the account, and for the
address. Whoever signed in to an account from an address lately is held to the limit of the pair
alone: nobody can lock users out of their accounts from elsewhere, nor an institute behind one
address by guessing from inside it.
"""

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address

from application.ports.clock import Clock
from application.ports.login_attempts import AttemptTally
from application.ports.unit_of_work import UnitOfWork
from domain.errors import TooManyAttempts
from domain.user_names import name_key

WINDOW = timedelta(minutes=15)
KNOWN = timedelta(days=30)
"""How long a pair that signed in is remembered."""

MOST_OF_PAIR = 10
MOST_OF_ACCOUNT = 30
MOST_OF_ADDRESS = 100

NEWCOMERS = "registration"
"""Stands for an account and before an address, so that it counts for no sign-in."""

MOST_NEWCOMERS = 50
"""A class of an institute behind one address may register in one lesson."""


class LoginLimits:
    """Counts attempts before the password is looked at, so that many at once can't slip by."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def admit(self, work: UnitOfWork, username: str, address: str) -> None:
        """Count an attempt; TooManyAttempts, without counting, when there were too many."""
        now = self._clock.now()
        account, place = _account(username), _place(address)
        tally = work.attempts.tally(account, place, now - WINDOW)
        if _exceeded(tally, now):
            ends = (tally.first or now) + WINDOW
            raise TooManyAttempts(max(1, round((ends - now).total_seconds())))
        work.attempts.count(account, place, now, now - WINDOW)

    def admit_newcomer(self, work: UnitOfWork, address: str) -> None:
        """Count a registration; TooManyAttempts when there were too many from this address."""
        now = self._clock.now()
        place = f"{NEWCOMERS}:{_place(address)}"[:64]
        tally = work.attempts.tally(NEWCOMERS, place, now - WINDOW)
        if tally.pair >= MOST_NEWCOMERS:
            ends = (tally.first or now) + WINDOW
            raise TooManyAttempts(max(1, round((ends - now).total_seconds())))
        work.attempts.count(NEWCOMERS, place, now, now - WINDOW)

    def succeeded(self, work: UnitOfWork, username: str, address: str) -> None:
        """Forget the failures of the pair, and whatever is too old to matter."""
        now = self._clock.now()
        work.attempts.succeeded(_account(username), _place(address), now)
        work.attempts.forget(now - WINDOW, now - KNOWN)


def _exceeded(tally: AttemptTally, now: datetime) -> bool:
    if tally.pair >= MOST_OF_PAIR:
        return True
    if tally.last_success is not None and tally.last_success > now - KNOWN:
        return False
    return tally.account >= MOST_OF_ACCOUNT or tally.address >= MOST_OF_ADDRESS


def _account(username: str) -> str:
    """Return a name of any length and kind as a text that can be kept.

    Names that read as the same open the same account, and so are counted together.
    """
    return hashlib.sha256(name_key(username).encode("utf-8", "surrogatepass")).hexdigest()


def _place(address: str) -> str:
    """Return an address; of IPv6 the network, since each subscriber has a whole one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:64]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))
