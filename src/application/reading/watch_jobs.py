"""Wait until something about a job changes."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head, owned_job
from domain.errors import TooManyWaiting
from domain.job import Job

LOOK_SECONDS = 0.25
"""How often the versions of all jobs that are waited for are looked up, in one statement."""


@dataclass(eq=False, slots=True)
class _Waiter:
    """Somebody who waits for a version of a job other than the one already seen."""

    simulation_id: int
    seen: int
    changed: threading.Event = field(default_factory=threading.Event)


class WatchJobs:
    """Lets a bounded number of callers wait, without a database connection each.

    One thread looks for all of them, and only while anybody waits. A caller who finds all places
    taken gets TooManyWaiting; one user can have at most half of them.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        most_waiting: int,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._most_waiting = most_waiting
        self._look_seconds = look_seconds
        self._lock = threading.Lock()
        self._waiters: set[_Waiter] = set()
        self._by_user: Counter[int] = Counter()
        self._closed = threading.Event()
        self._looks = False

    def __call__(self, user_id: int, job_id: str, after: int | None, seconds: float) -> Job:
        """Return a job with its tasks once its version is not `after`, or after `seconds`."""
        with self._unit_of_work(read_only=True) as work:
            head = owned_head(work, user_id, job_id)
        if head.version == after and seconds > 0:
            waiter = _Waiter(head.simulation_id, after)
            with self._place(user_id, waiter):
                waiter.changed.wait(seconds)
        with self._unit_of_work(read_only=True) as work:
            return owned_job(work, user_id, job_id)

    def close(self) -> None:
        """Let everybody go, now and later: this process ends."""
        self._closed.set()
        with self._lock:
            for waiter in self._waiters:
                waiter.changed.set()

    @contextmanager
    def _place(self, user_id: int, waiter: _Waiter) -> Iterator[None]:
        most_of_user = max(1, self._most_waiting // 2)
        with self._lock:
            full = len(self._waiters) >= self._most_waiting
            if full or self._by_user[user_id] >= most_of_user:
                raise TooManyWaiting
            self._waiters.add(waiter)
            self._by_user[user_id] += 1
            self._start_looking()
        try:
            yield
        finally:
            with self._lock:
                self._waiters.discard(waiter)
                self._by_user -= Counter({user_id: 1})

    def _start_looking(self) -> None:
        if self._closed.is_set():
            for waiter in self._waiters:
                waiter.changed.set()
        elif not self._looks:
            self._looks = True
            threading.Thread(target=self._look, name="watch-jobs", daemon=True).start()

    def _look(self) -> None:
        while not self._closed.wait(self._look_seconds):
            with self._lock:
                waiters = list(self._waiters)
                if not waiters:
                    self._looks = False
                    return
            # While the database is away nothing is known to have changed; those who wait meet
            # the error themselves when their time is up.
            with suppress(Exception):
                self._wake(waiters)

    def _wake(self, waiters: list[_Waiter]) -> None:
        ids = sorted({waiter.simulation_id for waiter in waiters})
        with self._unit_of_work(read_only=True) as work:
            versions = work.jobs.versions(ids)
        for waiter in waiters:
            if versions.get(waiter.simulation_id) != waiter.seen:
                waiter.changed.set()
