"""What the integration tests share: simulators and servers, each made once when first needed."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema
from adapters.executors.local_process.runner import LocalProcessRunner
from adapters.simulators.mcsquare.installation import InstallationFailed, install
from tests.integration.servers.postgresql import PostgreSql, running_postgresql
from tests.integration.servers.process import (
    forget_what_was_printed,
    missing,
    printed_lately,
)
from tests.integration.servers.redis import redis_server, redis_url
from tests.integration.servers.s3 import s3_bucket, s3_server
from tests.locations import ROOT

__all__ = ["redis_server", "redis_url", "s3_bucket", "s3_server", "simulators_dir"]

CACHE = ROOT / ".pytest_cache" / "simulators"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    forget_what_was_printed()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a test that failed what the servers printed meanwhile."""
    report = yield
    if report.failed:
        report.sections += printed_lately()
    return report


@pytest.fixture(scope="session")
def simulators_dir() -> Path:
    """Return a folder in which MCsquare is installed."""
    try:
        with closing(LocalProcessRunner()) as runner:
            install(CACHE, lambda done, total: None, runner.ask)
    except InstallationFailed as error:
        missing(str(error))
    return CACHE


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """Return a running PostgreSQL server with a template of our schema."""
    with running_postgresql() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql: PostgreSql) -> Iterator[str]:
    """Return the address of a fresh database with the newest schema."""
    with postgresql.database() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a SQLite file with the newest schema, to be copied."""
    file = tmp_path_factory.mktemp("template") / "template.sqlite"
    engine = make_engine(f"sqlite:///{file}")
    Schema(engine).upgrade()
    # The last connection that is closed writes everything into the one file.
    engine.dispose()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a fresh database of each kind with the newest schema."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "test.sqlite")
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    url: str = request.getfixturevalue("postgresql_url")
    return url
