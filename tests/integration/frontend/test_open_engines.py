"""The unchanged frontend where MCsquare alone is installed: a physicist gets a result.

It offers SHIELD-HIT12A and FLUKA and asks for nothing else.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.frontend.client import Frontend
from tests.integration.frontend.conftest import Open
from tests.integration.frontend.projects import DRAWN, ELECTRONS, WATER, example
from tests.integration.servers.process import wait_until
from tests.integration.service.service import Browser, Service, engines, free_port

SUBSTITUTES = "shieldhit=geant4,mcsquare;fluka=mcsquare"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, simulators_dir: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("open")
    service = Service(folder, simulators_dir, SUBSTITUTE_SIMULATORS=SUBSTITUTES)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.stop()


def water(primaries: int | None = None) -> dict[str, Any]:
    """Return the example with its quantities the other way round: the dose comes last.

    MCsquare scores the doses of all particles and none of the 17 other quantities.
    """
    project = example(WATER, primaries)
    for output in project["scoringManager"]["outputs"]:
        output["quantities"].reverse()
    return project


def finished(page: Frontend, job_id: str | None, seconds: float = 120) -> None:
    """Wait as a user does who watches the card and touches nothing."""
    assert job_id is not None, page.messages
    assert page.until(lambda: page.results is not None, seconds), page.card(job_id)
    assert page.results is not None
    assert page.results.job_id == job_id
    card = page.card(job_id)
    assert card is None or card["jobState"] in ("MERGING_RUNNING", "RUNNING", "COMPLETED")
    assert page.until(lambda: (page.card(job_id) or {}).get("jobState") == "COMPLETED", 10)


def test_an_example_opens_its_results_by_itself_and_says_what_ran(
    service: Service, opened: Open
) -> None:
    page, sent = opened(service), water()
    job_id = page.submit(sent, "shieldhit")
    assert page.messages == ["Simulation submitted"]
    finished(page, job_id)
    assert page.results is not None and job_id is not None
    assert page.results.title == "Proton pencil beam in water (MCsquare instead of SHIELD-HIT12A)"
    card = page.card(job_id)
    assert card is not None
    assert card["metadata"]["simType"] == "mcsquare"
    assert [task["simulatedPrimaries"] for task in card["jobTasksStatus"]] == [
        task["requestedPrimaries"] for task in card["jobTasksStatus"]
    ]
    assert page.results.names == ["z_profile", "yz_profile", "entrance", "peak"]
    check_titles(page)
    left_out = page.logs(job_id)["conversion.log"]
    assert "MCsquare runs it instead of SHIELD-HIT12A" in left_out
    assert "FluenceProtons" in left_out
    assert page.messages == ["Simulation submitted"]


def check_titles(page: Frontend) -> None:
    """Each page is titled after the quantity whose keyword it was scored for."""
    assert page.results is not None
    outputs = {
        item["name"]: {found["name"]: found["keyword"] for found in item["quantities"]}
        for item in example(WATER)["scoringManager"]["outputs"]
    }
    for name in page.results.names:
        page.open_tab(name)
        pages, titles = page.results.pages[name], page.results.titles[name]
        assert len(titles) == len(set(titles)) == len(pages) > 0
        for title, found in zip(titles, pages, strict=True):
            assert title is not None
            assert outputs[name][title].upper() == found["data"]["name"].upper()


def test_what_a_script_leaves_out_on_request_is_titled_right_too(
    service: Service, opened: Open
) -> None:
    """A script asks for `skip_unsupported`; its user looks at the results in the browser."""
    script = Browser(service).sign_in("script")
    job_id = script.submit(water(), 2, skip_unsupported=True)
    assert script.wait(job_id)[-1]["job_state"] == "COMPLETED"
    page = opened(service, username="script", password="a good password")
    assert page.until(lambda: page.card(job_id) is not None, 10)
    # A job of another page is not watched: it is opened by a click.
    assert page.results is None
    page.select(job_id)
    check_titles(page)
    assert page.results is not None
    assert page.results.title == "A job"


def test_a_script_is_told_of_a_substitution_in_answer_and_results(service: Service) -> None:
    script = Browser(service).sign_in("another script")
    body = {
        "sim_type": "shieldhit", "ntasks": 2, "title": "", "input_type": "editor",
        "input_json": water(),
    }  # fmt: skip
    status, answer = script("POST", "/jobs/direct", body)
    assert status == 202
    assert answer["message"].startswith("Task started; MCsquare runs it instead of SHIELD-HIT12A")
    assert len(answer["left_out"]) == 17
    assert all(sentence in answer["message"] for sentence in answer["left_out"])
    assert script.wait(answer["job_id"])[-1]["job_state"] == "COMPLETED"
    results = script("GET", f"/results?job_id={answer['job_id']}")[1]["estimators"]
    for estimator in results:
        assert estimator["metadata"]["simulator"] == "mcsquare"
        assert "FluenceProtons" in estimator["metadata"]["left_out"]
    (entry,) = script("GET", "/user/simulations")[1]["simulations"]
    assert entry["title"] == "(MCsquare instead of SHIELD-HIT12A)"


def test_what_no_open_engine_can_run_is_refused_with_the_reason(
    service: Service, opened: Open
) -> None:
    page = opened(service)
    assert page.submit(example(ELECTRONS), "fluka") is None
    assert page.submit(example(DRAWN), "geant4") is None
    ions = example(WATER)
    ions["beam"]["particle"] = {"id": 25, "name": "Heavy ions", "a": 12, "z": 6}
    assert page.submit(ions, "shieldhit") is None
    told = [message for message in page.messages if message.startswith("sim_type")]
    assert len(told) == 3
    assert "MCsquare: beam.particle: MCsquare transports protons only, not Electron" in told[0]
    assert "MCsquare is here: an administrator can let it run such projects" in told[1]
    assert "MCsquare: beam.particle: MCsquare transports protons only" in told[2]
    assert page.panels["simulations"].entries == []


def test_files_of_a_simulator_that_is_not_there_are_refused(service: Service, opened: Open) -> None:
    page = opened(service)
    files = {"beam.dat": "NSTAT 10 0\n", "geo.dat": "", "mat.dat": "", "detect.dat": ""}
    assert page.submit_files(files) is None
    assert page.messages[-1] == "Error while starting simulation"
    assert "only SHIELD-HIT12A reads its input files" in page.messages[-2]


def test_cancelling_and_deleting(service: Service, opened: Open) -> None:
    page = opened(service)
    job_id = page.submit(example(WATER, 50_000_000), "shieldhit")
    assert job_id is not None
    assert page.until(lambda: (page.card(job_id) or {}).get("jobState") == "RUNNING", 30)
    assert page.card(job_id, "recent") is not None
    page.cancel(job_id)
    assert page.until(lambda: (page.card(job_id) or {}).get("jobState") == "CANCELED", 10)
    # One of the two places shows no jobs that were cancelled.
    assert page.until(lambda: page.card(job_id, "recent") is None, 10)
    # It may be deleted once the engine has gone.
    wait_until(lambda: not engines(service_folder(service)), "no engines")
    page.delete(job_id)
    assert page.card(job_id) is None
    page.pass_time(2)
    assert page.panels["simulations"].entries == []
    assert page.results is None
    assert page.messages == ["Simulation submitted"]


def service_folder(service: Service) -> Path:
    (line,) = [text for text in service.lines if "data is kept in" in text]
    return Path(line.split("data is kept in ")[1].strip().rstrip("."))


def test_a_page_that_is_left_alone_survives_a_restart(
    tmp_path: Path, simulators_dir: Path, opened: Open
) -> None:
    port = free_port()
    first = Service(tmp_path, simulators_dir, "--substitute", port=port)
    try:
        first.wait_until_ready()
        assert "Projects for simulators that are not here run on others" in "".join(first.lines)
        page = opened(first)
        job_id = page.submit(water(40_000), "shieldhit", ntasks=4)
        assert job_id is not None
        assert page.until(lambda: (page.card(job_id) or {}).get("jobState") == "RUNNING", 30)
    finally:
        first.stop()
    # Nobody answers: cards vanish, nobody is logged out, nothing is told.
    page.pass_time(3)
    assert page.card(job_id) is None
    assert page.messages == ["Simulation submitted"]
    second = Service(tmp_path, simulators_dir, "--substitute", port=port)
    try:
        second.wait_until_ready()
        finished(page, job_id)
        check_titles(page)
        assert page.user is not None
        assert page.messages == ["Simulation submitted"]
    finally:
        second.stop()
