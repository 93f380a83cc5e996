"""Two users, on every endpoint that there is: a new one can't be forgotten."""

from typing import Any

import pytest

from adapters.http.application import ADDRESSES
from adapters.http.operation.openapi import operations
from adapters.http.wire.endpoint import Access, Operation
from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.adapters.http.jobs.test_jobs import finish, page, send_results

OPERATIONS = list(operations(ADDRESSES))

ABOUT_NO_JOB = {
    ("/user/simulations", "get"), ("/user/update", "post"), ("/clusters", "get"),
    ("/auth/status", "get"), ("/jobs/direct", "post"), ("/jobs/batch", "post"),
}  # fmt: skip
"""What users may ask without naming a job; each is looked at below or shows only who asks."""


def named(access: Access) -> list[Any]:
    return [
        pytest.param(address, method, operation, id=f"{method} {address}")
        for address, method, operation in OPERATIONS
        if operation.access is access
    ]


@pytest.mark.parametrize(("address", "method", "operation"), named(Access.USER))
def test_nobody_is_let_in_without_a_session(
    service: Service, address: str, method: str, operation: Operation
) -> None:
    for cookies in ({}, {"access_token": "garbage"}, {"refresh_token": "x"}):
        stranger = Browser(service)
        stranger.cookies = dict(cookies)
        result = stranger(method.upper(), address.format(job_id="x"), params={"job_id": "x"})
        assert result.status_code == 401
        assert result.json["message"]
        if "access_token" not in cookies:
            assert result.json == {"message": "No token provided"}


@pytest.mark.parametrize(("address", "method", "operation"), named(Access.USER))
def test_jobs_are_their_owners_alone(
    browser: Browser, address: str, method: str, operation: Operation
) -> None:
    if (address, method) in ABOUT_NO_JOB:
        return
    fields = operation.query.__struct_fields__ if operation.query else ()
    assert "job_id" in fields or "{job_id}" in address, "says neither which job nor why not"
    service = browser.service
    running, done = browser.submit(), browser.submit()
    send_results(service, finish(service, done), page(0))
    other = Browser(service).sign_in("bob")
    for job_id in (running, done):
        before = repr(service.store.state.jobs)
        result = other(method.upper(), address.format(job_id=job_id), params={"job_id": job_id})
        assert result.status_code == 403, result
        assert job_id not in result.text
        assert repr(service.store.state.jobs) == before
        gone = other(method.upper(), address.format(job_id="none"), params={"job_id": "none"})
        assert gone.json == {"message": "Job with provided ID does not exist"}
        assert gone.status_code == 404


@pytest.mark.parametrize(("address", "method", "operation"), named(Access.WORKER))
def test_workers_need_the_key_of_the_simulation(
    browser: Browser, address: str, method: str, operation: Operation
) -> None:
    assert operation.body is not None
    browser.submit()
    own = Browser(browser.service)
    own.cookies = browser.cookies
    for key in ("garbage", browser.service.key(99), browser.cookies["access_token"]):
        body = {
            "simulation_id": 2, "sim_id": 2, "update_key": key, "task_id": 1, "attempt": 1,
            "claim_id": "c", "update_dict": {}, "estimators": [], "logfiles": {},
        }  # fmt: skip
        result = own(method.upper(), address, body)
        assert (result.status_code, result.json["message"][:11]) == (403, "update_key:")


def test_lists_show_the_own_jobs_alone(browser: Browser) -> None:
    browser.submit()
    other = Browser(browser.service).sign_in("bob")
    listed = other("GET", "/user/simulations").json
    assert (listed["simulations"], listed["simulations_count"]) == ([], 0)
    assert browser("GET", "/user/simulations").json["simulations_count"] == 1


def test_a_key_of_another_user_stands_for_nothing(browser: Browser) -> None:
    other = Browser(browser.service).sign_in("bob")
    made = [
        who("POST", "/jobs/direct", submission(), headers={"Idempotency-Key": "same"})
        for who in (browser, other)
    ]
    assert made[0].json["job_id"] != made[1].json["job_id"]


def test_no_address_is_open_by_accident() -> None:
    is_open = {(address, method) for address, method, op in OPERATIONS if op.access is Access.OPEN}
    assert is_open == {
        ("/", "get"), ("/auth/register", "put"), ("/auth/login", "post"), ("/auth/refresh", "get"),
        ("/auth/logout", "delete"), ("/auth/keycloak", "post"), ("/auth/keycloak", "delete"),
        ("/health/live", "get"), ("/health/ready", "get"), ("/metrics", "get"),
    }  # fmt: skip


@pytest.mark.parametrize(("address", "method", "operation"), named(Access.ANY_WORKER))
def test_no_key_but_that_of_workers_speaks_for_a_worker(
    browser: Browser, address: str, method: str, operation: Operation
) -> None:
    browser.submit()
    own = Browser(browser.service)
    own.cookies = browser.cookies
    for key in ("garbage", browser.service.key(2), browser.cookies["access_token"]):
        body = {"worker_key": key, "update_key": key, "worker": "w", "cores": 1, "simulators": {}}
        assert own(method.upper(), address, body).status_code == 403


def test_every_kind_of_access_is_looked_at() -> None:
    assert set(Access) == {Access.OPEN, Access.USER, Access.WORKER, Access.ANY_WORKER}
