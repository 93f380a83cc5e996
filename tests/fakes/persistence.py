"""Everything that is kept, in memory; held to the same contract as the databases."""

import copy
import threading
from types import TracebackType
from typing import Self

from tests.fakes.administration import FakeJobOverview, FakeUsageReport, FakeUserDirectory
from tests.fakes.batches import FakeBatches, FakeClusters
from tests.fakes.jobs import FakeJobs
from tests.fakes.kept_state import State
from tests.fakes.results import FakeResults
from tests.fakes.users import FakeLoginAttempts, FakeUsers
from tests.fakes.workers import FakeWorkerRegistry


class FakeStore:
    """Makes units of work on one state; `committed` counts commits."""

    def __init__(self) -> None:
        self.state = State()
        self.lock = threading.RLock()
        self.committed = 0

    def __call__(self, *, read_only: bool = False, one_change: bool = False) -> "FakeUnitOfWork":
        return FakeUnitOfWork(self)


class FakeUnitOfWork:
    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def __enter__(self) -> Self:
        self._store.lock.acquire()
        self._before = copy.deepcopy(self._store.state)
        return self

    def commit(self) -> None:
        self._store.committed += 1
        self._before = copy.deepcopy(self._store.state)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.state = self._before
        self._store.lock.release()

    @property
    def users(self) -> FakeUsers:
        return FakeUsers(self._store.state)

    @property
    def overview(self) -> FakeJobOverview:
        return FakeJobOverview(self._store.state)

    @property
    def directory(self) -> FakeUserDirectory:
        return FakeUserDirectory(self._store.state)

    @property
    def statistics(self) -> FakeUsageReport:
        return FakeUsageReport(self._store.state)

    @property
    def attempts(self) -> FakeLoginAttempts:
        return FakeLoginAttempts(self._store.state)

    @property
    def workers(self) -> FakeWorkerRegistry:
        return FakeWorkerRegistry(self._store.state)

    @property
    def jobs(self) -> FakeJobs:
        return FakeJobs(self._store.state)

    @property
    def results(self) -> FakeResults:
        return FakeResults(self._store.state)

    @property
    def clusters(self) -> FakeClusters:
        return FakeClusters(self._store.state)

    @property
    def batches(self) -> FakeBatches:
        return FakeBatches(self._store.state)
