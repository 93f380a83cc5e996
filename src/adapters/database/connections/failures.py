"""What a database refuses or fails at, in the words of the domain."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import (
    DatabaseError,
    DataError,
    DBAPIError,
    InterfaceError,
    InternalError,
    OperationalError,
    SQLAlchemyError,
    TimeoutError,
)

from domain.errors import InvalidInput, Unavailable, YaptideError

PATIENCE_SECONDS = 3.0
FIRST_PAUSE_SECONDS = 0.05

PASSING = (OperationalError, InterfaceError, InternalError, TimeoutError)
"""Lost connections, restarts, deadlocks, full disks, waits that took too long."""


def patiently_connected(engine: Engine) -> Connection:
    """Return a connection; a server that restarts is asked again for a few seconds.

    Nothing was sent yet, so that asking again can't do anything twice. Raises Unavailable.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return engine.connect()
        except TimeoutError as error:
            # All connections are in use: waiting longer would only make a longer queue.
            raise translated(error) from error
        except DBAPIError as error:
            if time.monotonic() + pause > deadline:
                raise translated(error) from error
        time.sleep(pause)
        pause = min(pause * 2, 1.0)


@contextmanager
def translated_errors() -> Iterator[None]:
    """Raise what the database says inside as errors of the domain."""
    try:
        yield
    except SQLAlchemyError as error:
        ours = translated(error)
        if ours is error:
            raise
        raise ours from error


def translated(error: SQLAlchemyError) -> YaptideError | SQLAlchemyError:
    """Return the domain's error for the database's; one that is our mistake stays as it is."""
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or isinstance(error, PASSING):
        return Unavailable("The database does not answer now; try again in a little while")
    if type(error) is DatabaseError:
        # None of the kinds that are made of this one: SQLite says so of a broken file.
        return Unavailable(f"The database can't be read: {error.orig}")
    if isinstance(error, DataError):
        return InvalidInput("body", "a number or text in it is too large to be kept")
    return error
