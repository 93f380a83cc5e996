"""Workers say what they have, and users are refused what nobody has."""

from datetime import timedelta

import pytest

from application.simulators.worker_notes import LATELY
from application.submission.submit_job import Submission
from domain.errors import SimulatorNotInstalled
from tests.unit.adapters.http.conftest import Browser, Service, submission


def announce(service: Service, **changes: object) -> int:
    note = {
        "worker_key": service.worker_key(), "worker": "host:1", "cores": 2, "simulators": {},
        **changes,
    }  # fmt: skip
    result = service.client().simulate_post("/workers", json=note)
    return int(result.status_code)


def test_a_submission_for_what_no_worker_has_is_refused_with_that_reason(service: Service) -> None:
    browser = Browser(service).sign_in("ann")
    assert announce(service, simulators={"fluka": "4-3"}) == 202
    refused = browser("POST", "/jobs/direct", submission(10, 1))
    assert refused.status_code == 400
    assert "not installed on any worker" in refused.json["message"]
    assert announce(service, worker="host:2", simulators={"mcsquare": "1"}) == 202
    assert browser("POST", "/jobs/direct", submission(10, 1)).status_code == 202


def test_workers_that_are_gone_count_no_more(service: Service) -> None:
    browser = Browser(service)
    announce(service, simulators={"mcsquare": "1"})
    service.simulator.installed = False
    browser.sign_in("ann")
    assert browser("POST", "/jobs/direct", submission(10, 1)).status_code == 202
    service.clock.moment += LATELY + timedelta(seconds=1)
    with pytest.raises(SimulatorNotInstalled):
        service.use_cases.submit_job(1, _submission())


def test_while_no_worker_has_spoken_this_machine_stands_for_them(service: Service) -> None:
    service.use_cases.register_user("ann", "a good password")
    service.use_cases.submit_job(1, _submission())
    service.simulator.installed = False
    with pytest.raises(SimulatorNotInstalled):
        service.use_cases.submit_job(1, _submission())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"worker_key": "wrong"}, 403),
        ({"worker": ""}, 400),
        ({"worker": "a\nb"}, 400),
        ({"cores": 0}, 400),
        ({"simulators": ["fluka"]}, 400),
    ],
)
def test_notes_that_are_none(service: Service, changes: dict[str, object], status: int) -> None:
    assert announce(service, **changes) == status


def test_an_update_key_is_no_worker_key(service: Service) -> None:
    assert announce(service, worker_key=service.key(1)) == 403


def _submission() -> Submission:
    return Submission("mcsquare", 1, project={"primaries": 5}, project_text=b"{}")
