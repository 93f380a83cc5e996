"""A hostile engine in a job of a real service: worker, Redis, files of secrets and all."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integration.confinement.test_stand_ins import succeeded
from tests.integration.faults.jobs import PatientBrowser
from tests.integration.servers.deployment import SECRET, Deployment
from tests.integration.servers.process import wait_until
from tests.integration.servers.redis import RedisServer
from tests.simulator_stand_ins.behaviour import write
from tests.simulator_stand_ins.installing import install


@pytest.fixture
def deployment(tmp_path: Path) -> Iterator[Deployment]:
    install("shieldhit", tmp_path / "simulators")
    data, secret = tmp_path / "deployment" / "data", tmp_path / "secrets" / "secret-key"
    for folder in (data, secret.parent):
        folder.mkdir(parents=True)
    secret.write_text(SECRET)
    settings = {"SECRET_KEY": "", "SECRET_KEY_FILE": str(secret), "CONFINE_SIMULATORS": "required"}
    broker = RedisServer(tmp_path)
    database = f"sqlite:///{data / 'yaptide.sqlite'}"
    made = Deployment(data.parent, database, broker.url, tmp_path / "simulators", settings)
    try:
        made.start("web", "helper", "worker")
        yield made
    finally:
        made.stop()
        broker.stop()


def test_it_completes_and_has_got_at_nothing(
    deployment: Deployment, targets: dict[str, Any], tmp_path: Path
) -> None:
    at = {
        **targets,
        "secret": deployment.settings["SECRET_KEY_FILE"],
        "database": str(deployment.data_dir / "yaptide.sqlite"),
        "installation": str(tmp_path / "simulators"),
        "worker": deployment.processes["worker"].process.pid,
        "tcp": urlsplit(deployment.settings["QUEUE_URL"]).port,
    }
    (tmp_path / "simulators" / "data.txt").write_text("as it was installed")
    write(tmp_path / "simulators" / "shieldhit", targets=at)
    assert "engines are confined to their own files by Landlock" in deployment.log("worker")
    browser = PatientBrowser(deployment)  # type: ignore[arg-type]
    browser.sign_in()
    job_id = browser.start(ntasks=1)
    assert browser.end(job_id)["job_state"] == "COMPLETED"
    logs: dict[str, str] = {}

    def told() -> bool:
        logs.update(browser("GET", f"/logfiles?job_id={job_id}")[1].get("logfiles", {}))
        return "task_0001_stdout.txt" in logs

    wait_until(told)
    log = html.unescape(logs["task_0001_stdout.txt"])
    assert succeeded(log) == {}
    assert SECRET not in log
    assert (tmp_path / "simulators" / "data.txt").read_text() == "as it was installed"
