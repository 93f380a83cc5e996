"""Rows of the contract with the existing frontend that no other test names."""

from typing import Any

import pytest

from tests.unit.adapters.http.conftest import Browser, Service, submission
from tests.unit.adapters.http.jobs.test_jobs import finish, page, send_results, simulation

RFC3339 = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"


def test_errors_of_every_kind_are_json_with_a_message(browser: Browser) -> None:
    job_id = browser.submit()
    stranger = Browser(browser.service).sign_in("eve")
    cases: list[tuple[int, Any]] = [
        (404, browser("GET", "/nowhere")),
        (404, browser("GET", "/jobs/direct/deeper")),
        (404, browser("POST", "/nowhere", {})),
        (405, browser("PUT", "/jobs")),
        (405, browser("DELETE", "/")),
        (405, browser("PATCH", "/results")),
        (401, Browser(browser.service)("GET", "/jobs")),
        (403, stranger("GET", "/jobs", params={"job_id": job_id})),
        (404, browser("GET", "/logfiles", params={"job_id": job_id})),
        (404, browser("GET", "/estimators", params={"job_id": job_id})),
        (404, browser("GET", "/results", params={"job_id": job_id})),
        (409, browser("DELETE", "/user/simulations", params={"job_id": job_id})),
        (413, browser("POST", "/auth/login", headers={"Content-Length": str(1 << 20)}, body=None)),
    ]
    for status, result in cases:
        assert result.status_code == status, result
        assert result.headers["content-type"] == "application/json"
        assert isinstance(result.json["message"], str)
        assert result.json["message"]
        assert "<" not in result.json["message"]
        assert "Traceback" not in result.text


def test_an_address_with_a_slash_at_its_end_is_the_same(browser: Browser) -> None:
    assert browser("GET", "/user/simulations/").status_code == 200


@pytest.mark.parametrize("job_id", ["x" * 500, "\x00", "%ff", "ż", "' OR 1=1 --", "../../etc"])
def test_senseless_job_ids_are_unknown_jobs(browser: Browser, job_id: str) -> None:
    for path in ("/jobs", "/inputs", "/estimators", "/results", "/logfiles"):
        result = browser("GET", path, params={"job_id": job_id})
        assert (result.status_code, result.json) == (
            404,
            {"message": "Job with provided ID does not exist"},
        )


@pytest.mark.parametrize("query", ["job_id=", "job_id", "", "jobid=x", "job_id=a&job_id=b"])
def test_a_missing_or_doubled_job_id_is_a_400(browser: Browser, query: str) -> None:
    result = browser("GET", "/jobs", query_string=query)
    assert result.status_code == 400
    assert result.json["message"].startswith("job_id: is")


def test_undecodable_queries_are_no_errors_of_ours(browser: Browser) -> None:
    assert browser("GET", "/jobs", query_string="job_id=%ff%fe").status_code == 404
    assert browser("GET", "/jobs", query_string="%ff=%zz&&=").status_code == 400


def test_choices_are_named(browser: Browser) -> None:
    result = browser("GET", "/user/simulations", params={"order_by": "title"})
    assert result.json["message"].endswith("must be one of start_time, end_time")


@pytest.mark.parametrize("title", ["", "Wiązka 🎯", "<b>", "a\nb"])
def test_titles_come_back_as_they_were(browser: Browser, title: str) -> None:
    browser("POST", "/jobs/direct", submission(title=title))
    listed = browser("GET", "/user/simulations").json["simulations"]
    assert [item["title"] for item in listed] == [title]


@pytest.mark.parametrize("title", ["\x00", "\ud800"])
def test_titles_that_nothing_can_keep_are_refused(browser: Browser, title: str) -> None:
    body = '{"sim_type":"mcsquare","ntasks":1,"input_type":"editor","input_json":{"primaries":1},'
    text = body + f'"title":"\\u{ord(title):04x}"}}'
    result = browser._client.simulate_post("/jobs/direct", body=text, cookies=browser.cookies)
    assert result.status_code == 400
    assert result.json["message"].startswith(("title:", "body:"))


def test_tasks_are_an_array_in_every_state_and_times_have_a_zone(browser: Browser) -> None:
    import re

    job_id = browser.submit()
    seen = []

    def look() -> None:
        status = browser("GET", "/jobs", params={"job_id": job_id})
        tasks = status.json["job_tasks_status"]
        assert isinstance(tasks, list)
        for task in tasks:
            for name in ("start_time", "end_time", "last_update_time"):
                assert re.match(RFC3339, task.get(name, "2026-01-01T00:00:00Z"))
            assert {"task_id", "task_state", "requested_primaries"} <= set(task)
        (listed,) = browser("GET", "/user/simulations").json["simulations"]
        assert re.match(RFC3339, listed["start_time"])
        assert listed["end_time"] is None or re.match(RFC3339, listed["end_time"])
        seen.append(status.json["job_state"])

    look()
    key = finish(browser.service, job_id)
    look()
    send_results(browser.service, key, page(0))
    look()
    assert seen == ["PENDING", "MERGING_RUNNING", "COMPLETED"]


def test_a_job_is_cancelled_once_and_what_is_over_stays(browser: Browser) -> None:
    job_id = browser.submit()
    send_results(browser.service, finish(browser.service, job_id), page(0))
    for path in ("/jobs", "/jobs/direct", "/jobs/batch"):
        result = browser("DELETE", path, params={"job_id": job_id})
        assert (result.status_code, result.json["job_state"]) == (200, "COMPLETED")


def test_camel_cased_names_of_files_are_taken(browser: Browser) -> None:
    files = {"in.txt": "5", "flSim.inp": "x"}
    body = submission(input_type="files", input_files=files)
    job_id = browser("POST", "/jobs/direct", body).json["job_id"]
    shown = browser("GET", "/inputs", params={"job_id": job_id}).json["input"]
    assert shown["input_files"] == files


def test_user_update_takes_json(browser: Browser) -> None:
    assert browser("POST", "/user/update", {"anything": [1]}).status_code == 202
    for bad in ([], "text", 5):
        result = browser("POST", "/user/update", bad)
        assert (result.status_code, result.json["message"][:5]) == (400, "body:")


def test_answers_are_not_kept_unless_they_say_so(browser: Browser) -> None:
    job_id = browser.submit()
    for path, query in (("/", {}), ("/auth/status", {}), ("/nowhere", {})):
        assert browser("GET", path, params=query).headers["cache-control"] == "no-store"
    status = browser("GET", "/jobs", params={"job_id": job_id})
    assert status.headers["cache-control"] == "private, no-cache"
    assert "max-age" not in status.headers["cache-control"]


def test_the_log_repeats_the_number_of_an_unforeseen_error(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    import structlog

    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(type(browser.service.use_cases.read_jobs), "news", fail)
    with structlog.testing.capture_logs() as lines:
        result = browser("GET", "/jobs", params={"job_id": "x"})
    assert result.status_code == 500
    assert result.json["error_id"] in result.json["message"]
    (line,) = [line for line in lines if line["event"] == "unforeseen error"]
    assert line["error_id"] == result.json["error_id"]
    assert isinstance(line["exc_info"], ZeroDivisionError)


def test_reports_move_a_running_job_and_its_results_are_there_with_completed(
    service: Service, browser: Browser
) -> None:
    job_id = browser.submit()
    key = simulation(service, job_id)
    assert browser("GET", "/inputs", params={"job_id": job_id}).status_code == 200
    finish(service, job_id)
    assert browser("GET", "/results", params={"job_id": job_id}).status_code == 404
    send_results(service, key, page(0))
    assert browser("GET", "/jobs", params={"job_id": job_id}).json["job_state"] == "COMPLETED"
    for path in ("/inputs", "/estimators", "/results"):
        assert browser("GET", path, params={"job_id": job_id}).status_code == 200
