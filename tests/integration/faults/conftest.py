"""An installation that each test breaks in one way; servers of its own, since they are stopped."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.faults.jobs import PatientBrowser
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.postgresql import PostgreSql, running_postgresql
from tests.integration.servers.redis import RedisServer
from tests.simulator_stand_ins.behaviour import write
from tests.simulator_stand_ins.installing import install

WORKERS = ("worker-1", "worker-2")
SECONDS = 1.0


@pytest.fixture(scope="package")
def database() -> Iterator[PostgreSql]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="package")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("broker"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("simulators")
    install("shieldhit", folder, seconds=SECONDS)
    return folder


@pytest.fixture(scope="package")
def deployment(
    tmp_path_factory: pytest.TempPathFactory,
    database: PostgreSql,
    broker: RedisServer,
    simulators: Path,
) -> Iterator[Deployment]:
    with database.database() as url:
        made = Deployment(tmp_path_factory.mktemp("deployment"), url, broker.url, simulators)
        try:
            made.start("web", "helper", *WORKERS)
            yield made
        finally:
            made.stop()


@pytest.fixture
def behave(simulators: Path) -> Iterator[Any]:
    """Tell the simulator how to behave for this test."""

    def tell(**settings: Any) -> None:
        write(simulators / "shieldhit", **settings)

    yield tell
    tell(seconds=SECONDS)


@pytest.fixture
def browser(deployment: Deployment) -> PatientBrowser:
    browser = PatientBrowser(deployment)  # type: ignore[arg-type]
    browser.sign_in()
    return browser


@pytest.fixture(scope="package")
def undisturbed(deployment: Deployment, simulators: Path) -> Any:
    """Return what the job scores when nothing goes wrong."""
    browser = PatientBrowser(deployment)  # type: ignore[arg-type]
    browser.sign_in()
    job_id = browser.start()
    assert browser.end(job_id)["job_state"] == "COMPLETED"
    return browser.pages(job_id)
