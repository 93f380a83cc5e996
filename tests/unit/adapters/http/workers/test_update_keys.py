"""What an update key opens: one job, named by number and id, until it is over."""

from datetime import timedelta
from typing import Any

import pytest

from application.running.update_keys import LAST_WORDS, OF_CANCELLED
from domain.job import JobRef
from tests.job_refs import job_ref
from tests.unit.adapters.http.conftest import Browser, Service
from tests.unit.adapters.http.jobs.test_jobs import finish, page, send_results, simulation
from tests.unit.adapters.http.workers.test_worker_reports import MESSAGES

PARTIAL = ("/merges/partial", {})
COPY = {"name": "out", "pages": [page(0)]}
BEHIND_THE_END = {"/results", "/logfiles", "/jobs", "/merges/partial"}
"""What may come after a job has ended: copies, and the logs that nobody waits for."""


def send(service: Service, path: str, number: int, key: str, **fields: Any) -> Any:
    body = {"simulation_id": number, "sim_id": number, "update_key": key, **fields}
    return Browser(service)("POST", path, body)


@pytest.mark.parametrize(("path", "fields"), [*MESSAGES, PARTIAL])
def test_a_key_ends_with_its_job(
    service: Service, browser: Browser, path: str, fields: dict[str, Any]
) -> None:
    number = finish(service, browser.submit())
    key = service.key(number)
    assert send_results(service, number, page(0)).status_code == 202
    at_once = send(service, path, number, key, **fields)
    assert at_once.status_code == (202 if path in BEHIND_THE_END else 403)
    before = repr(service.store.state)
    service.clock.advance(LAST_WORDS.total_seconds() + 1)
    late = send(service, path, number, key, **fields)
    assert late.status_code == 403
    assert "is over" in late.json["message"]
    assert repr(service.store.state) == before


@pytest.mark.parametrize(("path", "fields"), MESSAGES)
def test_a_key_ends_when_its_job_is_removed(
    service: Service, browser: Browser, path: str, fields: dict[str, Any]
) -> None:
    job_id = browser.submit()
    number = simulation(service, job_id)
    key = service.key(number)
    browser("DELETE", "/jobs", params={"job_id": job_id})
    assert browser("DELETE", "/user/simulations", params={"job_id": job_id}).status_code == 200
    browser.submit()
    before = repr(service.store.state)
    assert send(service, path, number, key, **fields).status_code == 400
    assert repr(service.store.state) == before


@pytest.mark.parametrize(("path", "fields"), [*MESSAGES, PARTIAL])
def test_a_key_of_the_same_number_and_another_id_opens_nothing(
    service: Service, browser: Browser, path: str, fields: dict[str, Any]
) -> None:
    number = simulation(service, browser.submit())
    other = JobRef(number, job_ref(number).job_id)
    before = repr(service.store.state)
    key = service.use_cases.tokens.issue_update_key(other).text
    refused = send(service, path, number, key, **fields)
    assert (refused.status_code, "another" in refused.json["message"]) == (403, True)
    assert repr(service.store.state) == before


def test_workers_learn_for_an_hour_that_a_job_was_cancelled(
    service: Service, browser: Browser
) -> None:
    job_id = browser.submit()
    number = simulation(service, job_id)
    key = service.key(number)
    browser("DELETE", "/jobs", params={"job_id": job_id})
    fields: dict[str, Any] = {"task_id": 1, "update_dict": {"task_state": "RUNNING"}}
    for wait in (timedelta(0), OF_CANCELLED):
        service.clock.advance(wait.total_seconds())
        told = send(service, "/tasks", number, key, **fields)
        assert (told.status_code, told.json["wanted"]) == (202, False)
    service.clock.advance(1)
    assert send(service, "/tasks", number, key, **fields).status_code == 403


@pytest.mark.parametrize(("path", "fields"), MESSAGES)
def test_keys_of_a_version_before_are_understood(
    service: Service, browser: Browser, path: str, fields: dict[str, Any]
) -> None:
    """They hold no id, but the moment at which they were made: no job is younger than its key."""
    nameless = service.use_cases.tokens.issue_update_key
    older = nameless(JobRef(2, "")).text
    service.clock.advance(300)
    number = simulation(service, browser.submit())
    assert number == 2
    refused = send(service, path, number, older, **fields)
    assert (refused.status_code, refused.json["message"][:11]) == (403, "update_key:")
    key = nameless(JobRef(number, "")).text
    assert send(service, path, number, key, **fields).status_code == 202


def test_a_job_that_is_reported_on_with_nameless_keys_is_merged_by_name(
    service: Service, browser: Browser
) -> None:
    job_id = browser.submit(ntasks=1)
    number = simulation(service, job_id)
    key = service.use_cases.tokens.issue_update_key(JobRef(number, "")).text
    ended = send(service, "/tasks", number, key, task_id=1, update_dict={"task_state": "COMPLETED"})
    assert ended.status_code == 202
    assert [merge.job for merge in service.queue.merges] == [JobRef(number, job_id)]
