"""What the frontend and scripts are shown of projects that are not run as they were sent."""

import json
from dataclasses import replace
from typing import Any

import pytest

from adapters.executors.local_process.executor import LocalProcessExecutor
from application.simulators.catalog import SimulatorCatalog
from application.submission.submit_job import SubmitJob
from tests.fakes.simulator import ScriptedSimulator
from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.application.submission.scored_projects import output, project, quantity

WATER = project(
    output("z_profile", quantity("Fluence", filter="p"), quantity("Dose")),
    output("yz_profile", quantity("LET")),
    filters=[{"uuid": "p", "name": "protons"}],
)
SCORED = project(output("z_profile", quantity("Dose")))


def serve(service: Service, *, shieldhit: bool = False) -> None:
    """Let MCsquare run what is meant for SHIELD-HIT12A while that is not installed."""
    everything = frozenset({"Dose", "Fluence", "LET"})
    simulators = [
        ScriptedSimulator(title="MCsquare"),
        ScriptedSimulator("shieldhit", shieldhit, "SHIELD-HIT12A", everything),
        ScriptedSimulator("fluka", installed=False, title="FLUKA"),
    ]
    submit_job = SubmitJob(
        service.store,
        SimulatorCatalog(simulators, "mcsquare"),
        LocalProcessExecutor(service.queue),
        service.clock,
        substitutes={"shieldhit": ("mcsquare",)},
    )
    service.use_cases = replace(service.use_cases, submit_job=submit_job)


@pytest.fixture
def browser(service: Service) -> Browser:
    serve(service)
    return Browser(service).sign_in("ann")


def submit(browser: Browser, key: str | None = None, **changes: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    body = submission(input_json=WATER, **changes)
    return browser("POST", "/jobs/direct", body, headers=headers)


def shown(browser: Browser, job_id: str) -> Any:
    result = browser("GET", "/inputs", params={"job_id": job_id})
    assert result.status_code == 200
    return result.json["input"]


def test_the_project_comes_back_without_what_was_left_out_on_request(browser: Browser) -> None:
    answer = submit(browser, skip_unsupported=True).json
    assert len(answer["left_out"]) == 2
    assert "left out: MyFluence: not scored by MCsquare; MyLET" in answer["message"]
    found = shown(browser, answer["job_id"])
    assert found["input_json"] == SCORED
    assert (found["input_type"], found["number_of_all_primaries"]) == ("editor", 10)
    with browser.service.store() as work:
        job = work.jobs.by_job_id(answer["job_id"])
        kept = work.jobs.input_of(job.simulation_id)
    assert kept.project is not None
    assert json.loads(kept.project) == WATER
    assert (job.title, job.instead_of) == ("A title", None)


def test_a_project_that_is_scored_whole_comes_back_byte_for_byte(browser: Browser) -> None:
    text = json.dumps(SCORED, indent=3)
    body = json.dumps(submission(input_json="PROJECT", skip_unsupported=True))
    result = browser._client.simulate_post(
        "/jobs/direct", body=body.replace('"PROJECT"', text), cookies=browser.cookies
    )
    assert set(result.json) == {"message", "job_id"}
    answer = browser("GET", "/inputs", params={"job_id": result.json["job_id"]})
    assert text in answer.text


def test_a_substitution_is_told_everywhere(browser: Browser) -> None:
    answer = submit(browser, sim_type="shieldhit")
    assert answer.status_code == 202
    assert answer.json["message"] == (
        "Task started; MCsquare runs it instead of SHIELD-HIT12A, which is not installed; "
        "left out: MyFluence: not scored by MCsquare; MyLET: not scored by MCsquare"
    )
    job_id = answer.json["job_id"]
    (entry,) = browser("GET", "/user/simulations").json["simulations"]
    assert entry["title"] == "A title (MCsquare instead of SHIELD-HIT12A)"
    assert entry["metadata"]["sim_type"] == "mcsquare"
    logs = browser("GET", "/logfiles", params={"job_id": job_id}).json["logfiles"]
    assert logs == {
        "conversion.log": "MCsquare runs it instead of SHIELD-HIT12A, which is not installed.\n"
        "Not scored, and left out of the project and its results:\n"
        "- MyFluence: not scored by MCsquare\n- MyLET: not scored by MCsquare\n"
    }
    assert shown(browser, job_id)["input_json"] == SCORED


def test_the_same_key_tells_the_same_whatever_was_installed_meanwhile(browser: Browser) -> None:
    first = submit(browser, "k", sim_type="shieldhit")
    serve(browser.service, shieldhit=True)
    later = Browser(browser.service)
    later.cookies = browser.cookies
    assert submit(later, "k", sim_type="shieldhit").json == first.json
    assert "left_out" not in submit(later, "other", sim_type="shieldhit").json


def test_a_refusal_says_what_an_administrator_can_do(browser: Browser) -> None:
    refused = submit(browser, sim_type="fluka")
    assert refused.status_code == 400
    assert refused.json["message"].endswith(
        "MCsquare is here: an administrator can let it run such projects instead "
        "(SUBSTITUTE_SIMULATORS, or `yaptide up --substitute`)"
    )
    assert browser("GET", "/user/simulations").json["simulations"] == []


def test_files_of_another_simulator_are_refused(browser: Browser) -> None:
    body = submission(sim_type="shieldhit", input_type="files", input_files={"in.txt": "5"})
    refused = browser("POST", "/jobs/direct", body)
    assert refused.status_code == 400
    assert refused.json["message"].endswith(
        "MCsquare is here, but only SHIELD-HIT12A reads its input files"
    )
