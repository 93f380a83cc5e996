"""The version of the schema, and how Alembic brings it up to date.

Alembic is loaded when it is used: it takes long, and most commands that know this module do not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine

from adapters.database.connections import sqlite
from adapters.database.connections.failures import translated_errors
from domain.errors import YaptideError

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

UPGRADE = "run: yaptide db upgrade"
NEWER = "it is of a newer program: install that one, or restore the database it was made from"


class SchemaOutOfDate(YaptideError):
    """The database does not have the schema that this program knows."""

    def __init__(self, found: str | None, wanted: str | None, remedy: str = UPGRADE) -> None:
        super().__init__(
            f"The database has schema {found or 'none'}, this program needs {wanted}; {remedy}"
        )


class DamagedByMigration(YaptideError):
    """A change of the schema would leave rows without their parents; it was taken back."""

    def __init__(self, rows: int) -> None:
        super().__init__(f"The database was left as it was: {rows} rows would lose their parents")


class Schema:
    """The schema of one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def current(self) -> str | None:
        """Return the version of the database's schema, None for an empty one."""
        from alembic.runtime.migration import MigrationContext

        with translated_errors(), self._engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()

    def ping(self) -> None:
        """Ask the database for anything; raises what it fails with."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SELECT 1")

    def check(self) -> None:
        """Raise SchemaOutOfDate unless the schema is the newest one that this program knows."""
        found, wanted = self.current(), self.newest()
        if found != wanted:
            raise SchemaOutOfDate(found, wanted, UPGRADE if self._knows(found) else NEWER)

    def newest(self) -> str | None:
        """Return the newest version that this program knows."""
        return _scripts().get_current_head()

    def _knows(self, version: str | None) -> bool:
        known = {item.revision for item in _scripts().walk_revisions()}
        return version is None or version in known

    def upgrade(self, to: str = "head") -> None:
        """Bring the schema up to date; processes that do so at once wait for each other."""
        found, wanted = self.current(), self.newest()
        if to == "head" and found == wanted:
            return
        if not self._knows(found):
            raise SchemaOutOfDate(found, wanted, NEWER)
        from alembic import command

        with self._migrating() as config:
            command.upgrade(config, to)

    def downgrade(self, to: str) -> None:
        """Take the schema back to an older version."""
        from alembic import command

        with self._migrating() as config:
            command.downgrade(config, to)

    @contextmanager
    def _migrating(self) -> Iterator["Config"]:
        config = _config()
        with translated_errors(), self._engine.connect() as connection, _changing(connection):
            _wait_for_others(connection)
            config.attributes["connection"] = connection
            yield config


@contextmanager
def _changing(connection: Connection) -> Iterator[None]:
    """Make all changes or none; SQLite copies tables for some, and every row keeps its parent."""
    if connection.dialect.name != "sqlite":
        with connection.begin():
            yield
        return
    with sqlite.unwatched_keys(connection), connection.begin():
        before = sqlite.broken_keys(connection)
        yield
        if broken := sqlite.broken_keys(connection) - before:
            raise DamagedByMigration(len(broken))


def _wait_for_others(connection: Connection) -> None:
    """Make a second migration wait for the first; SQLite does so by itself with BEGIN IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        # Changing a large table takes as long as it takes.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(3141592653)")


def _scripts() -> "ScriptDirectory":
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(_config())


def _config() -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()).replace("%", "%%"))
    return config


def _migrations() -> Path:
    """Return the folder of the migrations: beside src in a checkout, beside us when installed."""
    here = Path(__file__).resolve()
    for parent in (here.parents[3], here.parents[4]):
        if (parent / "migrations" / "env.py").is_file():
            return parent / "migrations"
    raise SchemaOutOfDate(None, "its migrations, which are not installed")
