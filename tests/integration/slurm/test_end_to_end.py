"""Batch jobs from a submission over HTTP to their results, on a real cluster over real SSH."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.service.service import Browser
from tests.integration.slurm.conftest import cluster_of
from tests.integration.slurm.installation import Installation, submission
from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.installing import install

CUT_OFF = "export http_proxy=http://127.0.0.1:9 no_proxy=\n"
"""Set-up of a cluster whose nodes reach nothing outside: nobody answers at this address."""
MERGING = f"export PATH='{Path(sys.executable).parent}':$PATH\n"
"""Set-up of a cluster whose Python has pymchelper and what else our merging needs."""
SET_UPS = {"reaching us": "", "cut off": CUT_OFF, "merging": f"{CUT_OFF}{MERGING}"}
PLACES = tuple(SET_UPS)


@pytest.fixture(scope="module")
def stand_ins(slurm: SlurmCluster) -> dict[str, Path]:
    """Return the simulator of each place."""
    return {place: install("shieldhit", slurm.root / place) for place in PLACES}


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, slurm: SlurmCluster, stand_ins: dict[str, Path]
) -> Iterator[Installation]:
    registered = [
        cluster_of(
            slurm, name=place, set_up=f"{more}export PATH='{stand_ins[place].parent}':$PATH\n"
        )
        for place, more in SET_UPS.items()
    ]
    made = Installation(tmp_path_factory.mktemp("installation"), slurm, registered)
    try:
        made.deployment.start("web", "helper", "simulations")
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def browser(installation: Installation) -> Browser:
    return installation.browser("ann")


def submit(browser: Browser, cluster: str, ntasks: int = 4) -> str:
    status, answer = browser("POST", "/jobs/batch", submission(cluster, ntasks))
    assert status == 202, answer
    return str(answer["job_id"])


def report(installation: Installation, browser: Browser, job_id: str) -> str:
    logs = browser("GET", f"/logfiles?job_id={job_id}")
    return f"{browser.status(job_id)}\n{logs}\n{installation.deployment.log('helper')[-3000:]}"


def wait_for(
    installation: Installation, browser: Browser, job_id: str, wanted: Callable[[Any], bool]
) -> Any:
    try:
        wait_until(
            lambda: wanted(browser.status(job_id)),
            "the job",
            pause=0.1,
            progress=lambda: browser.status(job_id),
        )
    except AssertionError as error:
        raise AssertionError(f"{error}\n{report(installation, browser, job_id)}") from None
    return browser.status(job_id)


def is_over(status: Any) -> bool:
    return status["job_state"] in ("COMPLETED", "FAILED", "CANCELED")


def time_limits(slurm: SlurmCluster) -> str:
    """Lines ``name|minutes`` of all jobs that Slurm's accounting knows."""
    return slurm.run("sacct", "-n", "-P", "-X", "-o", "JobName,TimelimitRaw").stdout


def was_merged_there(slurm: SlurmCluster, job_id: str) -> bool:
    """Say whether the collect job of a job has left merged results; it left outputs if not."""
    left = slurm.scratch / "yaptide" / job_id / "collect"
    merged, packed = ((left / name).exists() for name in ("merged.json.gz", "outputs.tar.gz"))
    assert merged is not packed
    return merged


def test_an_array_of_four_computes_whether_or_not_its_nodes_reach_us(
    installation: Installation, browser: Browser, slurm: SlurmCluster
) -> None:
    known = [{"cluster_name": name} for name in PLACES]
    assert browser("GET", "/clusters")[1]["clusters"] == known
    found = {}
    for place, job_id in {place: submit(browser, place) for place in PLACES}.items():
        status = wait_for(installation, browser, job_id, is_over)
        assert status["job_state"] == "COMPLETED", report(installation, browser, job_id)
        tasks = status["job_tasks_status"]
        assert [task["task_state"] for task in tasks] == ["COMPLETED"] * 4
        assert all(task["end_time"] >= task["start_time"] for task in tasks)
        code, results = browser("GET", f"/results?job_id={job_id}")
        assert code == 200
        assert results["estimators"]
        found[place] = results["estimators"]
        assert was_merged_there(slurm, job_id) is (place == "merging")
    # Wherever they are merged, results are the same to the last digit.
    assert found["merging"] == found["cut off"] == found["reaching us"]
    # slurmdbd learns of a job some seconds after slurmctld, and we may be done before it.
    wait_until(lambda: f"yaptide-{job_id}|20" in time_limits(slurm), "the accounting", pause=0.2)


def test_one_bad_element_leaves_the_results_of_the_others(
    installation: Installation, browser: Browser, slurm: SlurmCluster, stand_ins: dict[str, Path]
) -> None:
    """A run that breaks off, and one that ends well with an output that does not hold together."""
    for place, stand_in in stand_ins.items():
        behaviour.write(stand_in, ending="crash" if place == "reaching us" else "half", only=[2])
    for place, job_id in {place: submit(browser, place) for place in PLACES}.items():
        status = wait_for(installation, browser, job_id, is_over)
        assert status["job_state"] == "FAILED"
        states = [task["task_state"] for task in status["job_tasks_status"]]
        assert states == ["COMPLETED", "FAILED", "COMPLETED", "COMPLETED"]
        assert browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
        assert was_merged_there(slurm, job_id) is (place == "merging")
        logs = browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]
        assert logs["task_0002_error.log"]


def test_a_cancelled_job_leaves_nothing_on_its_cluster(
    installation: Installation, browser: Browser, slurm: SlurmCluster, stand_ins: dict[str, Path]
) -> None:
    behaviour.write(stand_ins["cut off"], ending="hang")
    job_id = submit(browser, "cut off", ntasks=2)
    wait_for(installation, browser, job_id, lambda status: status["job_state"] == "RUNNING")
    assert browser("DELETE", f"/jobs/batch?job_id={job_id}")[0] == 200
    assert browser("DELETE", f"/jobs/batch?job_id={job_id}")[0] == 200
    status = browser.status(job_id)
    assert status["job_state"] == "CANCELED"
    assert {task["task_state"] for task in status["job_tasks_status"]} == {"CANCELED"}
    folder = slurm.scratch / "yaptide" / job_id
    wait_until(lambda: not folder.exists(), "the removal of the job's folder", pause=0.1)
    rows = slurm.run("squeue", "-h", "-r", "-t", "all", "-o", "%j %T").stdout.splitlines()
    ours = [row.split() for row in rows if job_id in row]
    assert ours
    assert {state for _, state in ours} == {"CANCELLED"}
    assert browser("DELETE", f"/user/simulations?job_id={job_id}")[0] == 200


def test_local_users_and_bad_options_are_refused(
    installation: Installation, browser: Browser
) -> None:
    def refused(**options: Any) -> str:
        status, answer = browser("POST", "/jobs/batch", submission(batch_options=options))
        assert status == 400, answer
        return str(answer["message"])

    assert "array_options.time" in refused(array_options={"time": "1; rm -rf /"})
    assert "line 1" in refused(array_header="module load x\n")
    assert f"choose one of: {', '.join(PLACES)}" in refused(cluster_name="elsewhere")
    local = Browser(installation.deployment).sign_in("bob")  # type: ignore[arg-type]
    assert local("POST", "/jobs/batch", submission())[0] == 403
