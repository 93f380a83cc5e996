"""Batch jobs from a submission over HTTP to their results, on a real cluster over real SSH."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.cluster import Cluster
from entrypoints.container import Container, make_container
from entrypoints.settings import read_settings
from entrypoints.storage import ready_database
from tests.integration.servers.deployment import SECRET, Deployment
from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.service.service import Browser
from tests.integration.slurm.conftest import certified, cluster_of
from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.installing import install

DATA = Path(__file__).parents[2] / "data" / "simulators" / "shieldhit"
PROJECT = json.loads((DATA / "project_with_input_files.json").read_text())["input"]["inputJson"]
NOBODY = "http://127.0.0.1:9"
"""An address at which nobody answers: what a node sees that reaches nothing outside."""


class Site:
    """An installation with one registered cluster, and browsers of Keycloak users."""

    def __init__(self, folder: Path, slurm: SlurmCluster, cluster: Cluster, external: str) -> None:
        self.slurm = slurm
        database = f"sqlite:///{folder / 'yaptide.sqlite'}"
        queue = str(folder / "queue")
        # The workers here have no simulator: only the cluster has.
        nothing = folder / "no-simulators"
        self.deployment = Deployment(folder, database, queue, nothing)
        url = external or f"http://127.0.0.1:{self.deployment.port}"
        self.deployment.settings["BACKEND_EXTERNAL_URL"] = url
        values = {"DATA_DIR": str(folder / "data"), "DATABASE_URL": database, "QUEUE_URL": queue}
        self.container: Container = make_container(read_settings({**values, "SECRET_KEY": SECRET}))
        ready_database(self.container)
        with self.container.unit_of_work() as work:
            self.cluster = work.clusters.add(cluster)
            work.commit()
        self.deployment.start("web", "helper", "simulations")

    def browser(self, name: str) -> Browser:
        """Return the browser of somebody whom Keycloak has vouched for."""
        with self.container.unit_of_work() as work:
            user = work.users.ensure_keycloak(name)
            work.commit()
        self.container.ssh_credentials().store(user, certified(self.slurm, name))
        token = self.container.sessions().open_access(user.id, None)
        browser = Browser(self.deployment)  # type: ignore[arg-type]
        browser._opener.addheaders = [("Cookie", f"access_token={token.text}")]
        return browser


@pytest.fixture(scope="module")
def stand_in(slurm: SlurmCluster) -> Path:
    return install("shieldhit", slurm.tools)


@pytest.fixture(params=[NOBODY, ""], ids=["no node reaches us", "nodes reach us"])
def site(
    request: pytest.FixtureRequest, tmp_path: Path, slurm: SlurmCluster, stand_in: Path
) -> Iterator[Site]:
    behaviour.write(stand_in)
    made = Site(tmp_path, slurm, cluster_of(slurm), request.param)
    yield made
    made.deployment.stop()


def submit(browser: Browser, ntasks: int = 4, **changes: Any) -> str:
    body = {
        "sim_type": "shieldhit", "ntasks": ntasks, "title": "On a cluster",
        "input_type": "editor", "input_json": PROJECT,
        "batch_options": {
            "cluster_name": "default",
            "array_header": "#!/bin/bash\n#SBATCH --time=0:15:00\n",
            "array_options": {"time": "0:20:00"},
            "collect_options": {"time": "0:15:00", "p": "normal"},
        },
        **changes,
    }  # fmt: skip
    status, answer = browser("POST", "/jobs/batch", body)
    assert status == 202, answer
    return str(answer["job_id"])


def report(site: Site, browser: Browser, job_id: str) -> str:
    logs = browser("GET", f"/logfiles?job_id={job_id}")
    return f"{browser.status(job_id)}\n{logs}\n{site.deployment.log('helper')[-3000:]}"


def wait_for(site: Site, browser: Browser, job_id: str, wanted: Callable[[Any], bool]) -> Any:
    try:
        wait_until(lambda: wanted(browser.status(job_id)), 90, "the job")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{report(site, browser, job_id)}") from None
    return browser.status(job_id)


def is_over(status: Any) -> bool:
    return status["job_state"] in ("COMPLETED", "FAILED", "CANCELED")


def time_limits(site: Site) -> str:
    """Lines ``name|minutes`` of all jobs that Slurm's accounting knows."""
    return site.slurm.run("sacct", "-n", "-P", "-X", "-o", "JobName,TimelimitRaw").stdout


def test_an_array_of_four_computes(site: Site) -> None:
    browser = site.browser("ann")
    assert browser("GET", "/clusters")[1]["clusters"] == [{"cluster_name": "test"}]
    job_id = submit(browser)
    status = wait_for(site, browser, job_id, is_over)
    assert status["job_state"] == "COMPLETED", report(site, browser, job_id)
    assert [task["task_state"] for task in status["job_tasks_status"]] == ["COMPLETED"] * 4
    assert all(task["end_time"] >= task["start_time"] for task in status["job_tasks_status"])
    code, results = browser("GET", f"/results?job_id={job_id}")
    assert code == 200
    assert results["estimators"]
    # slurmdbd learns of a job some seconds after slurmctld, and we may be done before it.
    wait_until(lambda: f"yaptide-{job_id}|20" in time_limits(site), 60, "the accounting")


def test_one_failing_element_leaves_the_results_of_the_others(site: Site, stand_in: Path) -> None:
    behaviour.write(stand_in, ending="crash", only=[2])
    browser = site.browser("ann")
    job_id = submit(browser)
    status = wait_for(site, browser, job_id, is_over)
    assert status["job_state"] == "FAILED"
    states = [task["task_state"] for task in status["job_tasks_status"]]
    assert states == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]
    assert browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    assert "task_0002_error.log" in browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]


def test_local_users_and_bad_options_are_refused(site: Site) -> None:
    browser = site.browser("ann")
    body = {
        "sim_type": "shieldhit", "ntasks": 1, "input_type": "editor", "input_json": PROJECT,
        "batch_options": {"array_options": {"time": "1; rm -rf /"}},
    }  # fmt: skip
    status, answer = browser("POST", "/jobs/batch", body)
    assert status == 400
    assert "array_options.time" in answer["message"]
    body["batch_options"] = {"array_header": "module load x\n"}
    assert "line 1" in browser("POST", "/jobs/batch", body)[1]["message"]
    body["batch_options"] = {"cluster_name": "elsewhere"}
    assert "choose one of: test" in browser("POST", "/jobs/batch", body)[1]["message"]
    local = Browser(site.deployment).sign_in("bob")  # type: ignore[arg-type]
    assert local("POST", "/jobs/batch", body)[0] == 403
