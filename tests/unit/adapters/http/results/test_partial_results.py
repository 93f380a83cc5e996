"""Results of a job that goes on or was cancelled: merged by a worker, asked for by whoever looks."""

from typing import Any

import pytest

from application.merging.partial_results import SECONDS_BETWEEN_MERGES
from application.ports.task_queue import MergeMessage
from domain.job import JobRef
from tests.unit.adapters.http.conftest import Browser, Service
from tests.unit.adapters.http.jobs.test_jobs import page, simulation


def complete(service: Service, key: int, index: int) -> None:
    body = {
        "simulation_id": key,
        "task_id": index,
        "update_key": service.key(key),
        "update_dict": {"task_state": "COMPLETED"},
    }
    assert Browser(service)("POST", "/tasks", body).status_code == 202


def order(service: Service, key: int) -> Any:
    body = {"simulation_id": key, "update_key": service.key(key)}
    return Browser(service)("POST", "/merges/partial", body).json["order"]


def hand_in(service: Service, key: int, tasks: int, number: int = 0) -> None:
    marks = {"partial": "true", "completed_tasks": str(tasks)}
    body = {
        "simulation_id": key,
        "update_key": service.key(key),
        "partial_tasks": tasks,
        "estimators": [{"name": "out", "metadata": marks, "pages": [page(number)]}],
    }
    assert Browser(service)("POST", "/results", body).status_code == 202


def ask(browser: Browser, job_id: str, **query: Any) -> Any:
    params = {"job_id": job_id, "partial": "true", **query}
    return browser("GET", "/results", params=params)


@pytest.fixture
def job(browser: Browser) -> tuple[str, int]:
    """Return a job of three tasks, by its name and by its number."""
    job_id = browser.submit(ntasks=3)
    return job_id, simulation(browser.service, job_id)


def test_what_finished_tasks_give_is_shown_while_the_job_goes_on(
    browser: Browser, job: tuple[str, int]
) -> None:
    job_id, key = job
    service = browser.service
    nothing = ask(browser, job_id)
    assert (nothing.status_code, "no task" in nothing.json["message"]) == (404, True)
    complete(service, key, 1)
    waiting = ask(browser, job_id)
    assert waiting.status_code == 202
    assert "1 of 3 tasks" in waiting.json["message"]
    assert service.queue.merges == [MergeMessage(JobRef(key, job_id), partial=True)]
    assert [task["task_id"] for task in order(service, key)["tasks"]] == [1]
    hand_in(service, key, 1)
    (shown,) = ask(browser, job_id).json["estimators"]
    assert shown["metadata"] == {"partial": "true", "completed_tasks": "1"}
    assert shown["pages"] == [page(0)]
    assert ask(browser, job_id, estimator_name="out", page_number=0).json["page"] == page(0)
    assert order(service, key) is None
    whole = browser("GET", "/results", params={"job_id": job_id})
    assert (
        whole.status_code,
        browser("GET", "/jobs", params={"job_id": job_id}).json["job_state"],
    ) == (
        404,
        "PENDING",
    )


def test_many_who_look_have_it_merged_once_in_a_while(
    browser: Browser, job: tuple[str, int]
) -> None:
    job_id, key = job
    service = browser.service
    complete(service, key, 1)
    for _ in range(5):
        ask(browser, job_id)
    assert len(service.queue.merges) == 1
    hand_in(service, key, 1)
    complete(service, key, 2)
    # What is there is shown while the next is not made yet.
    assert ask(browser, job_id).status_code == 200
    assert len(service.queue.merges) == 1
    service.clock.advance(SECONDS_BETWEEN_MERGES + 1)
    first = ask(browser, job_id)
    assert len(service.queue.merges) == 2
    hand_in(service, key, 2, number=1)
    second = ask(browser, job_id)
    assert second.json["estimators"][0]["pages"] == [page(1)]
    assert second.headers["etag"] != first.headers["etag"]
    hand_in(service, key, 1)
    assert ask(browser, job_id).json == second.json


def test_the_final_results_take_the_place_of_partial_ones(
    browser: Browser, job: tuple[str, int]
) -> None:
    job_id, key = job
    service = browser.service
    complete(service, key, 1)
    hand_in(service, key, 1)
    for index in (2, 3):
        complete(service, key, index)
    final = {
        "simulation_id": key,
        "update_key": service.key(key),
        "estimators": [{"name": "dose", "metadata": {}, "pages": [page(2)]}],
    }
    assert browser("POST", "/results", final).status_code == 202
    hand_in(service, key, 3)
    for answer in (ask(browser, job_id), browser("GET", "/results", params={"job_id": job_id})):
        assert [item["name"] for item in answer.json["estimators"]] == ["dose"]


def test_cancelling_keeps_what_is_done(browser: Browser, job: tuple[str, int]) -> None:
    job_id, key = job
    service = browser.service
    complete(service, key, 2)
    assert browser("DELETE", "/jobs", params={"job_id": job_id}).status_code == 200
    assert service.queue.merges == [MergeMessage(JobRef(key, job_id), partial=True)]
    assert service.queue.cleanups == []
    assert [task["task_id"] for task in order(service, key)["tasks"]] == [2]
    hand_in(service, key, 1)
    assert service.queue.cleanups == [JobRef(key, job_id)]
    results = browser("GET", "/results", params={"job_id": job_id})
    assert results.json["estimators"][0]["metadata"]["partial"] == "true"
    status = browser("GET", "/jobs", params={"job_id": job_id})
    assert status.json["job_state"] == "CANCELED"


def test_cancelling_before_anything_is_done_leaves_nothing(
    browser: Browser, job: tuple[str, int]
) -> None:
    job_id, key = job
    browser("DELETE", "/jobs", params={"job_id": job_id})
    assert (browser.service.queue.merges, browser.service.queue.cleanups) == (
        [],
        [JobRef(key, job_id)],
    )
    assert browser("GET", "/results", params={"job_id": job_id}).status_code == 404


def test_partial_results_are_for_their_owner_alone(browser: Browser, job: tuple[str, int]) -> None:
    job_id, key = job
    complete(browser.service, key, 1)
    other = Browser(browser.service).sign_in("bob")
    assert ask(other, job_id).status_code == 403
    assert browser.service.queue.merges == []
