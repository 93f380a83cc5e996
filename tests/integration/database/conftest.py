"""Each test of this folder runs on SQLite and on PostgreSQL, on a database of its own."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, event

from adapters.compression.gzip import GzipCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.unit_of_work import SqlUnitOfWork

Store = Callable[..., SqlUnitOfWork]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    def make(*, read_only: bool = False, one_change: bool = False) -> SqlUnitOfWork:
        return SqlUnitOfWork(engine, GzipCompressor(), read_only, one_change)

    return make


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    """Return the list that fills with the statements sent from now on."""
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return seen
