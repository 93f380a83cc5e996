"""The keys with which a worker reports."""

import time
from collections.abc import Callable
from functools import lru_cache

from application.ports.security import TokenIssuer
from domain.job import JobRef

KEY_SECONDS = 3600.0
MOST_KEYS = 256


class UpdateKeyMaker:
    """Makes the keys with which this worker reports, one for all reports of an hour.

    They are valid for days. The API knows again the one it has checked before.
    """

    def __init__(
        self, tokens: TokenIssuer, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tokens = tokens
        self._monotonic = monotonic
        self._made = lru_cache(MOST_KEYS)(self._issued)

    def __call__(self, job: JobRef) -> str:
        """Return a key for one job."""
        return self._made(job, int(self._monotonic() // KEY_SECONDS))

    def _issued(self, job: JobRef, hour: int) -> str:
        del hour
        return self._tokens.issue_update_key(job).text


class WorkerKeyMaker:
    """Makes the keys with which this worker speaks of itself."""

    def __init__(self, tokens: TokenIssuer) -> None:
        self._tokens = tokens

    def __call__(self) -> str:
        """Return a fresh key."""
        return self._tokens.issue_worker_key().text
