"""How connections to SQLite files are set up."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from adapters.database.connections.transactions import BEGIN

LOCK_SECONDS = 30


def set_up(engine: Engine) -> None:
    """Give all connections of an engine our modes and our way to begin transactions."""
    event.listen(engine, "do_connect", _make_file)
    event.listen(engine, "connect", _set_up_connection)
    event.listen(engine, "begin", _begin)


def _make_file(dialect: object, record: object, arguments: Any, options: object) -> None:
    """Make the file before the driver does: what it makes, anybody may read."""
    del dialect, record, options
    if not arguments or ":" in str(arguments[0]):
        return  # In memory, or named by a URI.
    path = Path(arguments[0])
    # What is wrong with the path the driver says better.
    with suppress(OSError):
        if not path.exists():
            path.touch(mode=0o600)


def _set_up_connection(connection: Any, record: object) -> None:
    del record
    # The driver would begin transactions late and silently: we say BEGIN ourselves.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")
    _use_write_ahead_log(connection)


def _use_write_ahead_log(connection: Any) -> None:
    """Choose the mode in which readers don't wait for a writer; the file remembers it.

    The switch of a new file fails at once, without waiting, when another process makes it too.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


@contextmanager
def unwatched_keys(connection: Connection) -> Iterator[None]:
    """Let tables be made again, for which they are dropped, without taking their children along.

    To be entered before a transaction begins: inside one it would do nothing.
    """
    driver: Any = connection.connection.dbapi_connection
    # The driver's own connection: a statement of the engine's would begin a transaction.
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def broken_keys(connection: Connection) -> set[tuple[object, ...]]:
    """Return the rows whose parents are missing."""
    return {tuple(row) for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}


def _begin(connection: Any) -> None:
    """Begin a transaction in the way the unit of work wants, if it wants one."""
    statement = connection.get_execution_options().get(BEGIN, "BEGIN IMMEDIATE")
    if statement:
        connection.exec_driver_sql(statement)
