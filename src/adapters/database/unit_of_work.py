"""One transaction on a SQL database."""

from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from adapters.database.accounts.login_attempts import SqlLoginAttempts
from adapters.database.accounts.user_directory import SqlUserDirectory
from adapters.database.accounts.users import SqlUserRepository
from adapters.database.clusters.batches import SqlBatchRepository
from adapters.database.clusters.clusters import SqlClusterRepository
from adapters.database.connections.failures import patiently_connected, translated_errors
from adapters.database.connections.transactions import Kind, options_of
from adapters.database.jobs.job_overview import SqlJobOverview
from adapters.database.jobs.jobs import SqlJobRepository
from adapters.database.operation.usage_report import SqlUsageReport
from adapters.database.operation.workers import SqlWorkerRegistry
from adapters.database.results.results import SqlResultRepository
from application.ports.compressor import Compressor


class SqlUnitOfWork:
    """UnitOfWork port: rolls back unless committed."""

    def __init__(
        self,
        engine: Engine,
        compressor: Compressor,
        read_only: bool = False,
        one_change: bool = False,
    ) -> None:
        self._engine = engine
        self._compressor = compressor
        self._kind = Kind.READS if read_only else Kind.CHANGES_ONCE if one_change else Kind.WRITES
        self._connection: Connection | None = None

    @property
    def users(self) -> SqlUserRepository:
        """Users of the open transaction."""
        return SqlUserRepository(self._open)

    @property
    def jobs(self) -> SqlJobRepository:
        """Jobs of the open transaction."""
        return SqlJobRepository(self._open, self._compressor)

    @property
    def results(self) -> SqlResultRepository:
        """Results of the open transaction."""
        return SqlResultRepository(self._open, self._compressor)

    @property
    def attempts(self) -> SqlLoginAttempts:
        """Attempts to sign in of the open transaction."""
        return SqlLoginAttempts(self._open)

    @property
    def overview(self) -> SqlJobOverview:
        """Jobs of all users, in the open transaction."""
        return SqlJobOverview(self._open, self._compressor)

    @property
    def directory(self) -> SqlUserDirectory:
        """All users, in the open transaction."""
        return SqlUserDirectory(self._open)

    @property
    def statistics(self) -> SqlUsageReport:
        """What jobs used, in the open transaction."""
        return SqlUsageReport(self._open)

    @property
    def clusters(self) -> SqlClusterRepository:
        """Clusters of the open transaction."""
        return SqlClusterRepository(self._open)

    @property
    def batches(self) -> SqlBatchRepository:
        """Batch jobs of the open transaction."""
        return SqlBatchRepository(self._open)

    @property
    def workers(self) -> SqlWorkerRegistry:
        """Workers seen, in the open transaction."""
        return SqlWorkerRegistry(self._open)

    def commit(self) -> None:
        """Make everything done so far visible to others."""
        self._open.commit()

    def __enter__(self) -> Self:
        """Take a connection; the transaction begins with its first statement."""
        connection = patiently_connected(self._engine)
        self._connection = connection.execution_options(**options_of(self._engine, self._kind))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back what was not committed and give the connection back.

        Unavailable takes the place of an error that is the database's passing trouble.
        """
        connection, self._connection = self._open, None
        with translated_errors():
            connection.close()
            if isinstance(error, SQLAlchemyError):
                raise error

    @property
    def _open(self) -> Connection:
        if self._connection is None:
            raise RuntimeError("a unit of work is used inside its `with` statement only")
        return self._connection
