"""Idempotency-Key: a submission that is repeated makes one job."""

from typing import Any

import pytest

from tests.unit.adapters.http.conftest import Browser, submission


def submit(browser: Browser, key: str | None, body: Any = None) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return browser("POST", "/jobs/direct", body or submission(), headers=headers)


def test_the_same_key_gives_the_same_job(browser: Browser) -> None:
    first, second = submit(browser, "k"), submit(browser, "k")
    assert first.status_code == second.status_code == 202
    assert first.json == second.json
    assert len(browser.service.queue.tasks) == 2
    assert submit(browser, "other").json["job_id"] != first.json["job_id"]
    assert submit(browser, None).json["job_id"] != submit(browser, None).json["job_id"]


def test_what_is_left_out_is_told_each_time(browser: Browser) -> None:
    first, second = (submit(browser, "k", submission(skip_unsupported=True)) for _ in range(2))
    assert first.json["left_out"] == ["one thing"]
    assert second.json == first.json


def test_the_same_key_for_something_else_is_refused(browser: Browser) -> None:
    submit(browser, "k")
    for changed in (submission(primaries=11), submission(title="other"), submission(ntasks=3)):
        result = submit(browser, "k", changed)
        assert result.status_code == 422
        assert result.json["message"].startswith("Idempotency-Key:")
    assert browser("GET", "/user/simulations").json["simulations_count"] == 1


def test_a_submission_that_was_refused_may_be_mended(browser: Browser) -> None:
    assert submit(browser, "k", submission(primaries=-1)).status_code == 400
    assert submit(browser, "k").status_code == 202


def test_a_key_is_free_again_when_its_job_is_removed(browser: Browser) -> None:
    job_id = submit(browser, "k").json["job_id"]
    browser("DELETE", "/jobs", params={"job_id": job_id})
    assert submit(browser, "k").json["job_id"] == job_id
    browser("DELETE", "/user/simulations", params={"job_id": job_id})
    assert submit(browser, "k").json["job_id"] != job_id


@pytest.mark.parametrize("key", ["", "x" * 256, "ą", "a\tb"])
def test_senseless_keys_are_refused(browser: Browser, key: str) -> None:
    result = submit(browser, key)
    assert result.status_code == 400
    assert result.json["message"].startswith("Idempotency-Key:")
