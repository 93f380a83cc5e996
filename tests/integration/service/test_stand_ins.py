"""FLUKA, TOPAS and Geant4 end to end: a browser, the real API and workers, stand-ins for engines."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.servers.process import Server, wait_until
from tests.integration.service.service import Browser, Service, environment
from tests.locations import ROOT
from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.installing import install

DATA = ROOT / "tests" / "data" / "simulators"
LEAD = json.loads((ROOT / "examples" / "proton_beam_lead_collimator.json").read_text())
PENCIL = json.loads((ROOT / "examples" / "proton_pencil_beam_in_water.geant4.json").read_text())
SCORING = LEAD["scoringManager"]
IN_ZONE = {
    "name": "InZone",
    "scoringType": "ZONE",
    "zoneUuid": LEAD["zoneManager"]["zones"][0]["uuid"],
    "quantities": [
        {
            "name": "Spectrum",
            "keyword": "Fluence",
            "filter": SCORING["filters"][0]["uuid"],
            "modifiers": [{"diffType": "E", "lowerLimit": 0, "upperLimit": 80, "binsNumber": 40}],
        },
        {"name": "Dose", "keyword": "Dose"},
    ],
}
IN_ZONES = {**LEAD, "scoringManager": {**SCORING, "outputs": [*SCORING["outputs"], IN_ZONE]}}
PROJECTS = {
    "fluka": (
        IN_ZONES,
        {"AlongBeamAxis": ["Dose"], "SlabYZ": ["Fluence"], "InZone": ["Spectrum", "Dose"]},
        100_000,
    ),
    "topas": (LEAD, {"AlongBeamAxis": ["Dose"], "SlabYZ": ["Fluence"]}, 100_000),
    "geant4": (
        PENCIL,
        {
            "CylZ_Mesh": ["Dose", "FluenceProtons", "FluenceNeutrons"],
            "YZ_Mesh": ["Dose", "FluenceProtons", "FluenceNeutrons"],
            "XY_Mesh": ["FluenceProtons", "FluenceNeutrons"],
        },
        20_000,
    ),
}
FILES = {
    "fluka": [DATA / "fluka" / "input" / "minimal.inp"],
    "topas": [DATA / "topas" / "input" / "minimal.txt"],
    "geant4": [DATA / "geant4" / "reference" / name for name in ("geometry.gdml", "run.mac")],
}
OUTPUTS = {
    "fluka": ["minimal001_fort.21", "minimal001_fort.22"],
    "topas": ["fluence_bp_protons_xy.csv", "fluence_bp_protons_xy2.csv"],
    "geant4": ["CylZ_Mesh_Dose.txt", "CylZ_Mesh_FluenceProtons.txt"],
}
PROGRAMS = {"fluka": "rfluka", "topas": "topas", "geant4": "geant4_app"}
FAULTS = ["fluka", "topas", "geant4"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stand-ins")


@pytest.fixture(scope="module")
def service(folder: Path) -> Iterator[Service]:
    for program in PROGRAMS.values():
        install(program, folder / "bin")
    command = str(folder / "bin" / "geant4_app")
    service = Service(folder / "data", folder / "bin", GEANT4_COMMAND=command)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.stop()


@pytest.fixture
def browser(service: Service) -> Browser:
    return Browser(service).sign_in()


@pytest.fixture(autouse=True)
def good_again(folder: Path) -> Iterator[None]:
    yield
    for program in PROGRAMS.values():
        behaviour.write(folder / "bin" / program)


def tell(folder: Path, simulator: str, **settings: Any) -> None:
    behaviour.write(folder / "bin" / PROGRAMS[simulator], **settings)


def submit_files(browser: Browser, simulator: str, sim_type: str, ntasks: int) -> str:
    files = {path.name: path.read_text() for path in FILES[simulator]}
    status, answer = browser(
        "POST",
        "/jobs/direct",
        {"sim_type": sim_type, "ntasks": ntasks, "input_type": "files", "input_files": files},
    )
    assert status == 202, answer
    return str(answer["job_id"])


@pytest.mark.parametrize("simulator", PROJECTS)
def test_a_project_from_submission_to_results(browser: Browser, simulator: str) -> None:
    project, expected, primaries = PROJECTS[simulator]
    job_id = browser.submit(project, 3, sim_type=simulator)
    last = browser.wait(job_id)[-1]
    assert last["job_state"] == "COMPLETED", browser("GET", f"/logfiles?job_id={job_id}")
    assert sum(task["simulated_primaries"] for task in last["job_tasks_status"]) == primaries
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    found = {item["name"]: [page["data"]["name"] for page in item["pages"]] for item in results}
    assert list(found) == list(expected)
    names = browser("GET", f"/estimators?job_id={job_id}")[1]["estimators_metadata"]
    pages = [[page["page_name"] for page in item["pages_metadata"]] for item in names]
    assert pages == list(expected.values())
    for item in results:
        assert item["metadata"]["primaries"] == str(primaries)
        for page in item["pages"]:
            assert len(page["data"]["errors"]) == len(page["data"]["values"])
            assert max(page["data"]["values"]) > 0


@pytest.fixture(scope="module")
def other_worker(service: Service, folder: Path) -> Iterator[Server]:
    """A worker that has SHIELD-HIT12A alone, and lets it run for two seconds."""
    install("shieldhit", folder / "other")
    settings = {
        **environment(folder / "data", folder / "other"),
        "BACKEND_INTERNAL_URL": f"http://127.0.0.1:{service.port}",
        "LOG_LEVEL_ROOT": "INFO",
        "SIMULATOR_HOURS": str(2 / 3600),
    }
    command = [sys.executable, "-m", "entrypoints", "worker", "simulations"]
    worker = Server(command, folder / "other.log", settings)
    try:
        worker.ready_when(lambda: "worker ready" in worker.log.read_text())
        yield worker
    finally:
        worker.stop()


def test_a_worker_leaves_tasks_to_those_that_have_their_simulator(
    other_worker: Server, browser: Browser, folder: Path
) -> None:
    tell(folder, "topas", seconds=0.3)
    job_id = submit_files(browser, "topas", "topas", 8)
    assert browser.wait(job_id)[-1]["job_state"] == "COMPLETED"
    assert "this worker has no topas" in other_worker.log.read_text()


def test_a_simulator_that_runs_too_long_is_ended_and_its_job_fails(
    other_worker: Server, browser: Browser, folder: Path
) -> None:
    behaviour.write(folder / "other" / "shieldhit", ending="hang", ignore_sigterm=True, only=[1])
    sent = json.loads((DATA / "shieldhit" / "submission_of_files.json").read_text())
    body = {**sent, "ntasks": 2}
    # The simulator is offered once the worker has said that it has it.
    answers: list[tuple[int, Any]] = []

    def accepted() -> bool:
        answers.append(browser("POST", "/jobs/direct", body))
        return answers[-1][0] == 202

    wait_until(accepted, "a submission that is accepted")
    job_id = answers[-1][1]["job_id"]
    last = browser.wait(job_id)[-1]
    assert last["job_state"] == "FAILED"
    assert [task["task_state"] for task in last["job_tasks_status"]] == ["FAILED", "COMPLETED"]
    log = browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]["task_0001_error.log"]
    assert "The simulation was ended: it ran longer than 0.000555556 h, the limit here" in log


@pytest.mark.parametrize("simulator", FILES)
def test_files_say_by_themselves_which_simulator_they_are_for(
    browser: Browser, simulator: str
) -> None:
    job_id = submit_files(browser, simulator, "common", 2)
    assert browser.wait(job_id)[-1]["job_state"] == "COMPLETED"
    jobs = browser("GET", "/user/simulations?page_size=1&order_type=descend")[1]["simulations"]
    assert jobs[0]["metadata"]["sim_type"] == simulator
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    assert [item["name"] for item in results][:2] == OUTPUTS[simulator]
    kept = browser("GET", f"/inputs?job_id={job_id}")[1]["input"]["input_files"]
    assert set(kept) == {path.name for path in FILES[simulator]}


@pytest.mark.parametrize("simulator", FAULTS)
def test_a_task_that_crashes_leaves_its_logs_and_the_others_their_results(
    browser: Browser, folder: Path, simulator: str
) -> None:
    tell(folder, simulator, ending="crash", only=[2])
    job_id = submit_files(browser, simulator, simulator, 3)
    last = browser.wait(job_id)[-1]
    assert last["job_state"] == "FAILED"
    states = [task["task_state"] for task in last["job_tasks_status"]]
    assert states == ["COMPLETED", "FAILED", "COMPLETED"]
    logs = browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]
    assert {name.split("_")[1] for name in logs if name.endswith("_error.log")} == {"0002"}
    # Those of good runs come with the results, just behind them.
    wait_until(lambda: logs_of_tasks(browser, job_id) == {"0001", "0002", "0003"}, "all logs")
    assert "its last lines" in logs["task_0002_error.log"]
    assert len(logs) > 1
    results = browser("GET", f"/results?job_id={job_id}")[1]["estimators"]
    assert results[0]["metadata"]["tasks"] == "2"


def logs_of_tasks(browser: Browser, job_id: str) -> set[str]:
    logs = browser("GET", f"/logfiles?job_id={job_id}")[1]["logfiles"]
    return {name.split("_")[1] for name in logs if name.endswith("_stdout.txt")}


@pytest.mark.parametrize("simulator", FAULTS)
def test_progress_is_seen_and_cancelling_ends_what_ignores_it(
    browser: Browser, folder: Path, simulator: str
) -> None:
    tell(folder, simulator, seconds=4, ending="hang", ignore_sigterm=True)
    project, _, primaries = PROJECTS[simulator]
    job_id = browser.submit(project, 1, sim_type=simulator)

    def task() -> Any:
        return browser.status(job_id)["job_tasks_status"][0]

    wait_until(
        lambda: (task()["simulated_primaries"] or 0) > 0 and task().get("estimated_time"),
        "progress",
    )
    assert task()["simulated_primaries"] < primaries
    assert running(folder)
    assert browser("DELETE", f"/jobs?job_id={job_id}")[0] == 200
    assert wait_until(lambda: not running(folder), "no runs", seconds=15) < 5
    time.sleep(0.5)
    assert browser.status(job_id)["job_state"] == "CANCELED"


def running(folder: Path) -> list[int]:
    """Return the processes that work below a folder's data."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and str(folder / "data" / "work") in str(
                (entry / "cwd").readlink()
            ):
                found.append(int(entry.name))
        except OSError:
            continue
    return found
