"""SHIELD-HIT12A from a submission to its results: the real API and workers, a stand-in to run.

A stand-in is told how to behave by a file beside it, so one service serves all tests.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.servers.process import wait_until
from tests.integration.service.service import Browser, Service
from tests.locations import TESTS
from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.installing import install
from tests.simulator_stand_ins.shieldhit import factor

DATA = TESTS / "data" / "simulators" / "shieldhit"
PROJECT = json.loads((DATA / "project_with_input_files.json").read_text())["input"]["inputJson"]
FILES = json.loads((DATA / "submission_of_files.json").read_text())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shieldhit")


@pytest.fixture(scope="module")
def executable(folder: Path) -> Path:
    return install("shieldhit", folder / "simulators")


@pytest.fixture(scope="module")
def service(folder: Path, executable: Path) -> Iterator[Service]:
    service = Service(folder / "data", executable.parent)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.stop()
    assert not runs(executable)


@pytest.fixture
def browser(service: Service, executable: Path) -> Browser:
    behaviour.write(executable)
    return Browser(service).sign_in()


def runs(executable: Path) -> list[int]:
    """Return the processes of the stand-in."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and str(executable) in (entry / "cmdline").read_text():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def project(primaries: int = 1001) -> Any:
    return {**PROJECT, "beam": {**PROJECT["beam"], "numberOfParticles": primaries}}


def submit(browser: Browser, ntasks: int = 3, primaries: int = 1001) -> str:
    return browser.submit(project(primaries), ntasks, sim_type="shieldhit")


def logs(browser: Browser, job_id: str) -> dict[str, str]:
    status, answer = browser("GET", f"/logfiles?job_id={job_id}")
    assert status == 200, answer
    found: dict[str, str] = answer["logfiles"]
    return found


def test_a_project_comes_back_as_results_with_its_names(browser: Browser, executable: Path) -> None:
    behaviour.write(executable, seconds=2.5)
    job_id = submit(browser)
    seen = browser.wait(job_id)
    assert seen[-1]["job_state"] == "COMPLETED"
    done = [sum(task["simulated_primaries"] for task in item["job_tasks_status"]) for item in seen]
    assert done == sorted(done) and done[-1] == 1001
    assert any(0 < count < 1001 for count in done)
    assert any(task.get("estimated_time") for item in seen for task in item["job_tasks_status"])
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    assert [item["name"] for item in results] == ["z_profile", "yz_profile", "entrance", "peak"]
    names = [[page["name"] for page in item["pages"]] for item in results]
    wanted = [
        [quantity["name"] for quantity in output["quantities"]]
        for output in PROJECT["scoringManager"]["outputs"]
    ]
    assert names == wanted
    page = results[0]["pages"][0]
    # The stand-in multiplies what it scores by a factor of its own for each seed.
    weighted = (334 * factor(1) + 334 * factor(2) + 333 * factor(3)) / 1001
    assert page["data"]["values"][0] == pytest.approx(weighted)
    assert page["data"]["errors"][0] > 0
    spectrum = results[2]["pages"][6]
    assert (spectrum["dimensions"], spectrum["axis_dim1"]["unit"]) == (1, "MeV")
    assert len(spectrum["axis_dim1"]["values"]) == 640


def test_what_finished_tasks_give_is_shown_while_others_run(
    browser: Browser, executable: Path, folder: Path
) -> None:
    held = folder / "held"
    held.touch()
    behaviour.write(executable, held=str(held), only=[2])
    job_id = submit(browser)
    path = f"/results?job_id={job_id}"

    def states() -> list[str]:
        tasks = browser.status(job_id)["job_tasks_status"]
        return sorted(task["task_state"] for task in tasks)

    try:
        wait_until(lambda: states() == ["COMPLETED", "COMPLETED", "RUNNING"], "two that are done")
        assert browser("GET", path)[0] == 404
        assert browser("GET", f"{path}&partial=true")[0] == 202
        wait_until(lambda: browser("GET", f"{path}&partial=true")[0] == 200, "what they give")
        _, partial = browser("GET", f"{path}&partial=true")
        assert states() == ["COMPLETED", "COMPLETED", "RUNNING"]
    finally:
        held.unlink()
    first = partial["estimators"][0]
    marks = {name: first["metadata"][name] for name in ("partial", "completed_tasks", "primaries")}
    assert marks == {"partial": "true", "completed_tasks": "2", "primaries": "667"}
    data = first["pages"][0]["data"]
    assert data["values"][0] == pytest.approx((334 * factor(1) + 333 * factor(3)) / 667)
    assert data["errors"][0] > 0
    assert browser.wait(job_id)[-1]["job_state"] == "COMPLETED"
    whole = browser("GET", path)[1]["estimators"][0]
    assert "partial" not in whole["metadata"]
    weighted = (334 * factor(1) + 334 * factor(2) + 333 * factor(3)) / 1001
    assert whole["pages"][0]["data"]["values"][0] == pytest.approx(weighted)


def test_plain_files_are_told_apart_and_run(browser: Browser) -> None:
    body = {**FILES, "sim_type": "common", "ntasks": 2}
    status, answer = browser("POST", "/jobs/direct", body)
    assert status == 202, answer
    job_id = answer["job_id"]
    assert browser.wait(job_id)[-1]["job_state"] == "COMPLETED"
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    assert [item["name"] for item in results] == ["z_profile", "yz_profile", "entrance", "peak"]
    assert results[0]["metadata"]["primaries"] == "10000"


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("crash", "SHIELD-HIT12A ended with exit code 3"),
        ("segfault", "SHIELD-HIT12A crashed (SIGSEGV)"),
        ("killed", "SHIELD-HIT12A was killed, perhaps for its memory (SIGKILL)"),
        ("half", "SHIELD-HIT12A left a broken output"),
        ("nothing", "SHIELD-HIT12A wrote nothing"),
    ],
)
def test_a_task_that_fails_says_why_and_the_others_are_kept(
    browser: Browser, executable: Path, ending: str, reason: str
) -> None:
    behaviour.write(executable, ending=ending, only=[2])
    job_id = submit(browser)
    last = browser.wait(job_id)[-1]
    states = [task["task_state"] for task in last["job_tasks_status"]]
    assert (last["job_state"], states) == ("FAILED", ["COMPLETED", "FAILED", "COMPLETED"])
    found = logs(browser, job_id)
    assert found["task_0002_error.log"].startswith(reason)
    assert "Primary particle no." in found["task_0002_error.log"]
    assert "Starting transport engine" in found["task_0002_shieldhit_0002.log"]
    tried_again = found["task_0002_error.log"].endswith("It was tried twice.")
    assert tried_again == (ending == "killed")
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    weighted = (334 * factor(1) + 333 * factor(3)) / 667
    assert results[0]["pages"][0]["data"]["values"][0] == pytest.approx(weighted)


def test_the_logs_of_all_failed_tasks_are_kept(browser: Browser, executable: Path) -> None:
    behaviour.write(executable, ending="crash")
    job_id = submit(browser, 2)
    assert browser.wait(job_id)[-1]["job_state"] == "FAILED"
    found = logs(browser, job_id)
    for number in (1, 2):
        assert "zone not found" in found[f"task_{number:04d}_shieldhit_{number:04d}.log"]


@pytest.mark.parametrize("ignore_sigterm", [False, True])
def test_a_run_that_hangs_is_gone_within_five_seconds_of_its_cancelling(
    browser: Browser, executable: Path, ignore_sigterm: bool
) -> None:
    behaviour.write(executable, ending="hang", ignore_sigterm=ignore_sigterm)
    job_id = submit(browser, 2)
    wait_until(lambda: len(runs(executable)) == 2, "two runs")
    assert browser("DELETE", f"/jobs?job_id={job_id}")[0] == 200
    wait_until(lambda: not runs(executable), "no runs", seconds=5)
    assert browser.status(job_id)["job_state"] == "CANCELED"


def test_a_simulator_that_no_worker_has_is_refused(browser: Browser) -> None:
    body = {"sim_type": "mcsquare", "ntasks": 1, "input_type": "editor", "input_json": project()}
    status, answer = browser("POST", "/jobs/direct", body)
    assert status == 400
    assert "mcsquare is not installed on any worker" in answer["message"]


def test_what_it_can_not_do_is_refused_by_name(browser: Browser) -> None:
    wrong = project()
    wrong["specialComponentsManager"] = {"CTCube": {"uuid": "x"}}
    body = {"sim_type": "shieldhit", "ntasks": 1, "input_type": "editor", "input_json": wrong}
    status, answer = browser("POST", "/jobs/direct", body)
    assert (status, answer["message"]) == (
        400, "specialComponentsManager.CTCube: SHIELD-HIT12A has no CTCube",
    )  # fmt: skip
