"""The unchanged frontend where all simulators are there; stand-ins take the place of the engines."""

import json
from collections.abc import Iterator

import pytest

from tests.integration.frontend.conftest import Open
from tests.integration.frontend.notation import camel_cased
from tests.integration.frontend.projects import (
    DATA,
    DRAWN,
    ELECTRONS,
    LEAD,
    WATER,
    example,
    quantity_names,
)
from tests.integration.service.service import Service
from tests.simulator_stand_ins.installing import install

FILES = {
    "shieldhit": json.loads(
        (DATA / "simulators" / "shieldhit" / "submission_of_files.json").read_text()
    )["input_files"],
    "fluka": {
        "flSim.inp": (DATA / "simulators" / "fluka" / "input" / "minimal.inp").read_text(),
    },
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("all")
    for program in ("shieldhit", "rfluka", "topas", "geant4_app"):
        install(program, folder / "bin")
    command = str(folder / "bin" / "geant4_app")
    service = Service(folder / "data", folder / "bin", GEANT4_COMMAND=command)
    try:
        service.wait_until_ready()
        yield service
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("name", "simulator"),
    [
        (WATER, "shieldhit"),
        (LEAD, "shieldhit"),
        (LEAD, "fluka"),
        (ELECTRONS, "fluka"),
        (DRAWN, "geant4"),
        (LEAD, "topas"),
    ],
)
def test_an_example_opens_its_results_by_itself(
    service: Service, opened: Open, name: str, simulator: str
) -> None:
    """The last two are not offered for the server yet; their projects come from the same editor."""
    page, sent = opened(service), example(name)
    job_id = page.submit(sent, simulator)
    assert job_id is not None, page.messages
    assert page.until(lambda: page.results is not None, 60), page.card(job_id)
    assert page.results is not None
    assert (page.results.job_id, page.results.title) == (job_id, sent["project"]["title"])
    assert page.until(lambda: (page.card(job_id) or {}).get("jobState") == "COMPLETED", 10)
    # All of it was scored: it comes back as it was sent, its keys as the frontend turns them.
    assert page.results.inputs["inputJson"] == camel_cased(sent)
    expected = quantity_names(sent)
    assert page.results.names == list(expected)
    for estimator, names in expected.items():
        page.open_tab(estimator)
        if estimator not in page.results.grouped:
            assert page.results.titles[estimator] == names
    assert page.messages == ["Simulation submitted"]


@pytest.mark.parametrize("simulator", FILES)
def test_input_files_open_their_results_by_themselves(
    service: Service, opened: Open, simulator: str
) -> None:
    page = opened(service)
    job_id = page.submit_files(FILES[simulator])
    assert job_id is not None, page.messages
    assert page.until(lambda: page.results is not None, 60), page.card(job_id)
    assert page.results is not None
    card = page.card(job_id)
    assert card is None or card["metadata"]["simType"] == simulator
    for estimator in page.results.names:
        page.open_tab(estimator)
        assert all(page.results.titles[estimator])
    assert "inputJson" not in page.results.inputs


def test_several_jobs_and_pages_at_once(service: Service, opened: Open) -> None:
    page = opened(service)
    jobs = [page.submit(example(LEAD), simulator) for simulator in ("shieldhit", "fluka")]
    other = opened(service)
    assert None not in jobs

    def all_completed() -> bool:
        cards = [page.card(str(job), panel) for job in jobs for panel in page.panels]
        return all(card is not None and card["jobState"] == "COMPLETED" for card in cards)

    assert page.until(all_completed, 60), page.panels
    # The job that was started last is the one whose results open.
    assert page.results is not None
    assert page.results.job_id == jobs[-1]
    page.select(str(jobs[0]))
    assert page.results.job_id == jobs[0]
    assert other.panels["simulations"].entries == []
