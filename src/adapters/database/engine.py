"""Engines: one per process, made after it was forked."""

import sqlite3
import time
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url

LOCK_SECONDS = 30


def make_engine(url: str) -> Engine:
    """Return an engine for a SQLite file or a server's database."""
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": LOCK_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
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


def _begin(connection: Any) -> None:
    """Take the write lock at once where a transaction will write.

    A transaction that reads first and then writes fails, without waiting, when another one wrote
    in between; one that begins IMMEDIATE waits its turn instead.
    """
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
