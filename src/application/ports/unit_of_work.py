"""Everything that is kept, reached through one transaction at a time."""

from types import TracebackType
from typing import Protocol, Self

from application.ports.batch_repository import BatchRepository, ClusterRepository
from application.ports.job_overview import JobOverview
from application.ports.job_repository import JobRepository
from application.ports.login_attempts import LoginAttempts
from application.ports.result_repository import ResultRepository
from application.ports.usage_report import UsageReport
from application.ports.user_directory import UserDirectory
from application.ports.user_repository import UserRepository
from application.ports.worker_registry import WorkerRegistry


class UnitOfWork(Protocol):
    """One transaction: what is not committed when it is left is rolled back.

    Each one is entered once, as a context manager; a factory makes them.
    """

    @property
    def users(self) -> UserRepository:
        """Users of the open transaction."""
        ...

    @property
    def jobs(self) -> JobRepository:
        """Jobs of the open transaction."""
        ...

    @property
    def results(self) -> ResultRepository:
        """Results of the open transaction."""
        ...

    @property
    def attempts(self) -> LoginAttempts:
        """Attempts to sign in of the open transaction."""
        ...

    @property
    def overview(self) -> JobOverview:
        """Jobs of all users, in the open transaction."""
        ...

    @property
    def directory(self) -> UserDirectory:
        """All users, in the open transaction."""
        ...

    @property
    def statistics(self) -> UsageReport:
        """What jobs used, in the open transaction."""
        ...

    @property
    def clusters(self) -> ClusterRepository:
        """Clusters of the open transaction."""
        ...

    @property
    def batches(self) -> BatchRepository:
        """Batch jobs of the open transaction."""
        ...

    @property
    def workers(self) -> WorkerRegistry:
        """Workers seen, in the open transaction."""
        ...

    def commit(self) -> None:
        """Make everything done since entering visible to others."""
        ...

    def __enter__(self) -> Self:
        """Begin a transaction."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back what was not committed."""
        ...


class UnitOfWorkFactory(Protocol):
    """Makes a unit of work for each use of a use case."""

    def __call__(self, *, read_only: bool = False, one_change: bool = False) -> UnitOfWork:
        """Return a new unit of work; one that only reads never waits for one that writes.

        One that makes no more than `one_change`, and what it reads besides, may have it kept at
        once, before the commit: there is nothing that could be left half done.
        """
        ...
