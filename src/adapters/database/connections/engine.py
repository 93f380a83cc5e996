"""Engines: one per process, with connections that no other process shares."""

import os
import weakref

from sqlalchemy import Engine, create_engine
from sqlalchemy.engine import make_url

from adapters.database.connections import sqlite
from adapters.database.connections.address import database_address
from adapters.database.connections.closed_connections import replace_broken

POOL_SIZE = 8
SPARE_CONNECTIONS = 4
POOL_WAIT_SECONDS = 10
CONNECT_SECONDS = 5
RECYCLE_SECONDS = 1800

TIMEOUTS = " ".join(
    f"-c {name}={seconds * 1000}"
    for name, seconds in {
        "statement_timeout": 60,
        "lock_timeout": 20,
        "idle_in_transaction_session_timeout": 120,
    }.items()
)
"""A statement, a wait for a lock and a forgotten transaction end by themselves."""

KEEPALIVES = {
    "keepalives_idle": 20,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server that vanished without a word is noticed in half a minute, not in hours."""


def make_engine(url: str, pool_size: int = POOL_SIZE) -> Engine:
    """Return an engine for a SQLite file or a PostgreSQL database; InvalidAddress.

    `pool_size` connections are kept open, as many as a process has threads that use them.
    """
    address = database_address(url)
    if make_url(address).get_backend_name() == "sqlite":
        engine = create_engine(
            address, pool_size=pool_size, connect_args={"timeout": sqlite.LOCK_SECONDS}
        )
        sqlite.set_up(engine)
    else:
        engine = _server_engine(address, pool_size)
        replace_broken(engine)
    _forget_in_children(engine)
    return engine


def _server_engine(address: str, pool_size: int) -> Engine:
    return create_engine(
        address,
        pool_size=pool_size,
        max_overflow=SPARE_CONNECTIONS,
        pool_timeout=POOL_WAIT_SECONDS,
        pool_recycle=RECYCLE_SECONDS,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "application_name": "yaptide",
            "options": TIMEOUTS,
            **KEEPALIVES,
        },
    )


def _forget_in_children(engine: Engine) -> None:
    """Make a forked process open connections of its own instead of talking into its parent's."""
    known = weakref.ref(engine)

    def forget() -> None:
        inherited = known()
        if inherited is not None:
            inherited.dispose(close=False)

    os.register_at_fork(after_in_child=forget)
