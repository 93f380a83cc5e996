"""A PostgreSQL server of our own: no durability, a free port, a fresh database for each test."""

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema
from tests.integration.servers.process import Server, free_port, program, run

SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "log_min_messages": "warning",
}
TEMPLATE = "template_yaptide"


class PostgreSql:
    """One server; it can be stopped and started again on the same port with the same data."""

    def __init__(self) -> None:
        self._initdb = program("initdb", "postgresql")
        self._postgres = program("postgres", "postgresql")
        # Not under pytest's folders: those are closed to the user that the server runs as.
        self._folder = Path(tempfile.mkdtemp(prefix="yaptide-postgresql-"))
        self.port = free_port()
        self._numbers = count(1)
        self._server: Server | None = None
        try:
            self._user = _server_user(self._folder)
            self._prepare()
        except BaseException:
            self.remove()
            raise

    def _prepare(self) -> None:
        argv = [self._initdb, "-D", self._data, "-U", "yaptide", "-A", "trust"]
        collation = ["-E", "UTF8", "--locale=C.UTF-8"]
        run([*argv, "--no-sync", *collation], cwd=self._folder, **self._user)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database of this server."""
        return f"postgresql://yaptide@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"--{name}={value}" for name, value in SETTINGS.items()]
        self._server = Server(
            [self._postgres, "-D", self._data, "-p", self.port, *settings],
            self._folder / "postgres.log",
            **self._user,
        )
        self._server.ready_when(self._answers)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server; SIGINT ends open connections, SIGQUIT does not tidy up."""
        if self._server is not None:
            self._server.stop(how)
        self._server = None

    def remove(self) -> None:
        """Stop the server and remove its data."""
        self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """Run a statement on the server's own database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def make_template(self) -> None:
        """Make a database with the newest schema, which new ones are copied from."""
        self.execute(f"CREATE DATABASE {TEMPLATE}")
        engine = make_engine(self.url(TEMPLATE))
        Schema(engine).upgrade()
        engine.dispose()

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[str]:
        """Lend the address of a new database with the newest schema, or a copy of `template`."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield self.url(name)
        self.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgresql() -> Iterator[PostgreSql]:
    """Lend a running server with a template of our schema, and remove it."""
    server = PostgreSql()
    try:
        server.start()
        server.make_template()
        yield server
    finally:
        server.remove()


def _server_user(folder: Path) -> dict[str, Any]:
    """Return as whom the server runs: it refuses root, so root becomes `postgres`."""
    if os.getuid() != 0:
        return {}
    account = pwd.getpwnam("postgres")
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
