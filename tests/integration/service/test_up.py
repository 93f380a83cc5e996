"""`yaptide up` on the embedded defaults with the real engine, as a browser meets it."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli import commands
from tests.integration.commands.findings import verdicts
from tests.integration.servers.process import wait_until
from tests.integration.service.service import Browser, Service, engines, environment
from tests.unit.adapters.simulators.projects import Json, example, set_path, water_box


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def service(data_dir: Path, simulators_dir: Path) -> Iterator[Service]:
    service = Service(data_dir, simulators_dir)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.stop()
    assert "Stopped." in service.lines[-1]
    assert not engines(data_dir)


@pytest.fixture
def browser(service: Service) -> Browser:
    return Browser(service).sign_in()


def test_the_doctor_finds_nothing_wrong(
    service: Service, data_dir: Path, simulators_dir: Path
) -> None:
    settings = {
        **environment(data_dir, simulators_dir),
        "BACKEND_INTERNAL_URL": f"http://127.0.0.1:{service.port}",
    }
    wait_until(lambda: verdicts(settings)["workers"][0] == "ok", "a worker")
    found = verdicts(settings)
    assert found["workers"][1] == "1 seen lately, 2 cores"
    assert "mcsquare" in found["simulators"][1]
    good = ("database", "schema", "queue", "api", "workers", "simulators", "clock")
    assert [found[check][0] for check in good] == ["ok"] * len(good)
    check = CliRunner().invoke(commands, ["worker", "check"], env=settings)
    assert check.exit_code == 0, check.output


def test_a_job_from_submission_to_results(browser: Browser) -> None:
    project = set_path(example(), "beam.numberOfParticles", 40_001)
    status, refused = browser(
        "POST",
        "/jobs/direct",
        {"sim_type": "mcsquare", "ntasks": 4, "input_type": "editor", "input_json": project},
    )
    assert status == 400
    assert "FluenceProtons" in refused["message"]
    job_id = browser.submit(project, 4, skip_unsupported=True)
    assert browser("GET", f"/inputs?job_id={job_id}")[1]["input"]["input_json"] == doses(project)
    seen = browser.wait(job_id)
    last = seen[-1]
    assert last["job_state"] == "COMPLETED"
    done = [sum(t["simulated_primaries"] for t in item["job_tasks_status"]) for item in seen]
    assert done == sorted(done)
    assert any(0 < count < 40_001 for count in done)
    assert done[-1] == 40_001
    for task in last["job_tasks_status"]:
        assert task["start_time"] <= task["end_time"]
    status, estimators = browser("GET", f"/estimators?job_id={job_id}")
    assert [item["name"] for item in estimators["estimators_metadata"]] == [
        "z_profile", "yz_profile", "entrance", "peak",
    ]  # fmt: skip
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    page = results[0]["pages"][0]
    assert len(page["data"]["values"]) == len(page["data"]["errors"]) == 400
    assert page["data"]["unit"] == "MeV/g/prim"
    # The engine completes batches of 16: of 10 001 and thrice 10 000 each ran whole ones.
    assert results[0]["metadata"]["primaries"] == "40016"
    assert browser("DELETE", f"/user/simulations?job_id={job_id}")[0] == 200
    assert browser("GET", f"/jobs?job_id={job_id}")[0] == 404


def doses(project: Json) -> Json:
    """Return the example with what MCsquare scores of it alone, which needs no filters."""
    scoring = project["scoringManager"]
    outputs = [
        {**item, "quantities": [found for found in item["quantities"] if found["name"] == "Dose"]}
        for item in scoring["outputs"]
    ]
    return {**project, "scoringManager": {**scoring, "outputs": outputs, "filters": []}}


def test_cancelling_ends_the_engine_within_five_seconds(browser: Browser, data_dir: Path) -> None:
    job_id = browser.submit(water_box(numberOfParticles=50_000_000), 2)
    wait_until(lambda: len(engines(data_dir)) == 2, "two engines")
    assert browser("DELETE", f"/user/simulations?job_id={job_id}")[0] == 409
    assert browser("DELETE", f"/jobs?job_id={job_id}")[0] == 200
    assert wait_until(lambda: not engines(data_dir), "no engines", seconds=5) < 5
    assert browser.status(job_id)["job_state"] == "CANCELED"
    time.sleep(1)
    assert browser.status(job_id)["job_state"] == "CANCELED"


def test_a_killed_worker_loses_nothing(service: Service, browser: Browser, data_dir: Path) -> None:
    job_id = browser.submit(water_box(numberOfParticles=400_003), 6)

    def one_is_done_and_two_run() -> bool:
        states = [task["task_state"] for task in browser.status(job_id)["job_tasks_status"]]
        return "COMPLETED" in states and states.count("RUNNING") == 2

    wait_until(one_is_done_and_two_run, "one that is done and two that run")
    victim = service.worker_pid()
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not engines(data_dir), "no engines", seconds=5)
    last = browser.wait(job_id)[-1]
    assert last["job_state"] == "COMPLETED"
    assert service.worker_pid() != victim
    assert sum(task["simulated_primaries"] for task in last["job_tasks_status"]) == 400_003
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    # Six tasks of 66 667 or 66 668, each in whole batches of 16: 66 672.
    assert results[0]["metadata"]["primaries"] == "400032"
    assert results[0]["metadata"]["tasks"] == "6"
    deposited = results[0]["pages"][1]["data"]["values"]
    assert 66 < sum(deposited) < 70


def test_a_failing_job_tells_why(browser: Browser) -> None:
    files = {"config.txt": "Num_Primaries 100\nCT_File missing.mhd\n"}
    body = {"sim_type": "mcsquare", "ntasks": 2, "input_type": "files", "input_files": files}
    status, answer = browser("POST", "/jobs/direct", body)
    assert status == 202
    job_id = answer["job_id"]
    assert browser.wait(job_id)[-1]["job_state"] == "FAILED"
    logs = browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]
    assert "missing.mhd" in logs["task_0001_error.log"]
    assert any("stdout" in name for name in logs)


def test_a_body_of_200_mb_gets_an_answer(browser: Browser) -> None:
    status, answer = browser.send_large("/jobs/direct", 200 << 20)
    assert status == 413
    assert answer["message"] == "body: must not be larger than 64 MiB"
    assert browser("GET", "/")[0] == 200


def test_tokens_outlive_a_restart(data_dir: Path, simulators_dir: Path, browser: Browser) -> None:
    job_id = browser.submit(water_box(numberOfParticles=1000), 1)
    assert browser.wait(job_id)[-1]["job_state"] == "COMPLETED"
    cookies = browser.jar
    second = Service(data_dir, simulators_dir)
    try:
        second.wait_until_ready()
        other = Browser(second)
        for cookie in cookies:
            other.jar.set_cookie(cookie)
        assert other.status(job_id)["job_state"] == "COMPLETED"
    finally:
        assert second.stop() == 0


def test_work_goes_on_after_a_restart(tmp_path: Path, simulators_dir: Path) -> None:
    first = Service(tmp_path, simulators_dir)
    try:
        first.wait_until_ready()
        job_id = Browser(first).sign_in().submit(water_box(numberOfParticles=300_000), 4)
        wait_until(lambda: engines(tmp_path), "an engine")
    finally:
        assert first.stop() == 0
    assert not engines(tmp_path)
    second = Service(tmp_path, simulators_dir)
    try:
        second.wait_until_ready()
        last = Browser(second).sign_in().wait(job_id)[-1]
    finally:
        second.stop()
    assert last["job_state"] == "COMPLETED"
    assert sum(task["simulated_primaries"] for task in last["job_tasks_status"]) == 300_000


def test_nothing_outlives_a_service_that_is_killed(tmp_path: Path, simulators_dir: Path) -> None:
    service = Service(tmp_path, simulators_dir)
    try:
        service.wait_until_ready()
        browser = Browser(service).sign_in()
        browser.submit(water_box(numberOfParticles=50_000_000), 1)
        wait_until(lambda: engines(tmp_path), "an engine")
        children = children_of(service.server.process.pid)
        assert len(children) == 3
        service.server.tell(signal.SIGKILL)
        wait_until(lambda: not any(map(lives, children)), "the end of its processes")
        wait_until(lambda: not engines(tmp_path), "no engines")
    finally:
        service.stop()


def children_of(parent: int) -> list[int]:
    """Return the processes that a process started."""
    tasks = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(pid) for file in tasks for pid in file.read_text().split()]


def lives(pid: int) -> bool:
    try:
        # Whoever takes over orphans may not look after those that ended.
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
