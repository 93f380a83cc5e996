"""A server that restarts or is gone: connections are replaced, errors are said in our words."""

from collections.abc import Iterator
from threading import Timer

import pytest

from adapters.compression.gzip import GzipCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.unit_of_work import SqlUnitOfWork
from domain.errors import Unavailable
from tests.integration.servers.postgresql import PostgreSql, running_postgresql


@pytest.fixture
def server() -> Iterator[PostgreSql]:
    """Return a server of our own, which nobody else minds being stopped."""
    with running_postgresql() as server:
        yield server


def test_a_restart_costs_the_open_transaction_and_nothing_else(server: PostgreSql) -> None:
    with server.database() as url:
        engine = make_engine(url)

        def find() -> object:
            with SqlUnitOfWork(engine, GzipCompressor(), read_only=True) as work:
                return work.users.by_id(1)

        assert find() is None
        with (
            pytest.raises(Unavailable, match="does not answer"),
            SqlUnitOfWork(engine, GzipCompressor()) as work,
        ):
            work.users.add_local("ann", "hash")
            server.stop()
            work.commit()
        with pytest.raises(Unavailable, match="does not answer"):
            find()
        # A request that meets the restart waits for its end.
        starts = Timer(0.5, server.start)
        starts.start()
        try:
            assert find() is None
        finally:
            starts.join()
        engine.dispose()
