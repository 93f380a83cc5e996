from typing import Any

import pytest

from tests.unit.adapters.http.conftest import Browser, Service
from tests.unit.adapters.http.jobs.test_jobs import simulation


@pytest.fixture
def key(browser: Browser) -> int:
    return simulation(browser.service, browser.submit())


def send(service: Service, path: str, key: int, **fields: Any) -> Any:
    body = {"simulation_id": key, "update_key": service.key(key), **fields}
    return Browser(service)("POST", path, body)


def report(service: Service, key: int, index: Any = 1, **said: Any) -> Any:
    return send(service, "/tasks", key, task_id=index, update_dict=said)


def task(service: Service, key: int, index: int = 1) -> Any:
    with service.store() as work:
        return work.jobs.by_simulation_id(key).tasks[index - 1]


def test_a_task_is_claimed_run_and_reported(service: Service, browser: Browser, key: int) -> None:
    fields = {"task_id": 1, "attempt": 1, "claim_id": "c"}
    order = send(service, "/tasks/claim", key, **fields).json["order"]
    assert order == {
        "sim_type": "mcsquare", "primaries": 5, "seed": 1, "lease_seconds": 60,
        "input_files": {"in.txt": "10"},
    }  # fmt: skip
    assert send(service, "/tasks/claim", key, **{**fields, "claim_id": "d"}).json["order"] is None
    result = report(service, key, task_state="RUNNING", simulated_primaries=3, estimated_time=61.5)
    assert (result.status_code, result.json["wanted"]) == (202, True)
    assert task(service, key).simulated_primaries == 3
    job_id = browser("GET", "/user/simulations").json["simulations"][0]["job_id"]
    shown = browser("GET", "/jobs", params={"job_id": job_id}).json["job_tasks_status"][0]
    assert shown["estimated_time"] == {"hours": 0, "minutes": 1, "seconds": 1}


def test_older_scripts_are_understood(service: Service, key: int) -> None:
    result = report(
        service,
        key,
        "1",
        task_state="RUNNING",
        start_time="2026-05-01 10:00:00",
        requested_primaries=5,
    )
    assert result.status_code == 202
    assert task(service, key).start_time.isoformat() == "2026-05-01T10:00:00+00:00"


def test_a_cancelled_task_is_not_wanted(service: Service, browser: Browser, key: int) -> None:
    job_id = browser("GET", "/user/simulations").json["simulations"][0]["job_id"]
    browser("DELETE", "/jobs", params={"job_id": job_id})
    assert report(service, key, task_state="COMPLETED").json["wanted"] is False
    assert task(service, key).state == "CANCELED"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"task_state": "DONE"}, "update_dict.task_state"),
        ({"simulated_primaries": -1}, "update_dict.simulated_primaries"),
        ({"simulated_primaries": "5"}, "update_dict.simulated_primaries"),
        ({"estimated_time": -1}, "update_dict.estimated_time"),
        ({"start_time": "yesterday"}, "update_dict.start_time"),
    ],
)
def test_senseless_reports_name_the_field(
    service: Service, key: int, said: dict[str, Any], field: str
) -> None:
    result = report(service, key, **said)
    assert result.status_code == 400
    assert result.json["message"].startswith(field)


@pytest.mark.parametrize("index", [0, 99, "x", -1])
def test_an_unknown_task_is_a_400(service: Service, key: int, index: object) -> None:
    assert report(service, key, index, task_state="RUNNING").status_code == 400


MESSAGES: list[tuple[str, dict[str, Any]]] = [
    ("/tasks", {"task_id": 1, "update_dict": {}}),
    ("/tasks/claim", {"task_id": 1, "attempt": 1, "claim_id": "c"}),
    ("/tasks/release", {"task_id": 1, "attempt": 1, "claim_id": "c"}),
    ("/merges/release", {"claim_id": "c"}),
    ("/merges/claim", {"claim_id": "c"}),
    ("/merges/renew", {"claim_id": "c"}),
    ("/results", {"estimators": []}),
    ("/logfiles", {"logfiles": {}}),
    ("/jobs", {"job_state": "FAILED", "log": "text"}),
    ("/tasks/lose", {"task_id": 1, "attempt": 1, "claim_id": "c"}),
]


@pytest.mark.parametrize(("path", "fields"), MESSAGES)
def test_update_keys_open_one_simulation(
    service: Service, browser: Browser, key: int, path: str, fields: dict[str, Any]
) -> None:
    other = simulation(service, browser.submit())
    before = repr(service.store.state.jobs)
    keys = (service.key(other), "garbage", browser.cookies["access_token"])
    for wrong in keys:
        body = {"simulation_id": key, "sim_id": key, "update_key": wrong, **fields}
        assert Browser(service)("POST", path, body).status_code == 403
    body = {"simulation_id": key, "sim_id": key, **fields}
    missing = Browser(service)("POST", path, body)
    assert missing.status_code == 400
    assert missing.json["message"].startswith("update_key:")
    assert repr(service.store.state.jobs) == before


@pytest.mark.parametrize(("path", "fields"), [MESSAGES[0], *MESSAGES[6:8]])
def test_an_unknown_simulation_is_a_400(
    service: Service, path: str, fields: dict[str, Any]
) -> None:
    assert send(service, path, 999, **fields).status_code == 400


def test_update_keys_expire_after_a_week(service: Service, key: int) -> None:
    body = {
        "simulation_id": key, "update_key": service.key(key), "task_id": 1, "update_dict": {},
    }  # fmt: skip
    service.clock.advance(8 * 24 * 3600)
    assert Browser(service)("POST", "/tasks", body).status_code == 403


def test_an_update_key_opens_no_user_endpoint(service: Service, key: int) -> None:
    stranger = Browser(service)
    stranger.cookies["access_token"] = service.key(key)
    assert stranger("GET", "/user/simulations").status_code == 401


def test_a_merge_that_fails_ends_the_job_with_its_reason(
    service: Service, browser: Browser, key: int
) -> None:
    body = {
        "sim_id": key, "update_key": service.key(key), "job_state": "FAILED", "log": "no outputs",
    }  # fmt: skip
    assert Browser(service)("POST", "/jobs", body).status_code == 202
    job_id = browser("GET", "/user/simulations").json["simulations"][0]["job_id"]
    assert browser("GET", "/jobs", params={"job_id": job_id}).json["job_state"] == "FAILED"
    logs = browser("GET", "/logfiles", params={"job_id": job_id}).json["logfiles"]
    assert logs == {"merge.log": "no outputs"}


def test_results_with_nan_are_refused(service: Service, key: int) -> None:
    text = (
        f'{{"simulation_id": {key}, "update_key": "{service.key(key)}", "estimators": '
        '[{"name": "e", "pages": [{"dimensions": 0, "data": {"name": "", "values": [NaN]}}]}]}'
    )
    result = service.client().simulate_post("/results", body=text)
    assert result.status_code == 400
