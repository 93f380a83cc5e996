import io
import json
from typing import Any

import pytest

from application.reading.read_results import pages_asked_for
from domain.errors import InvalidInput, NotFound
from domain.job import JobRef
from tests.unit.adapters.http.conftest import Browser, Service, submission

UNKNOWN = {"message": "Job with provided ID does not exist"}


def simulation(service: Service, job_id: str) -> int:
    with service.store() as work:
        return int(work.jobs.by_job_id(job_id).simulation_id)


def page(number: int, **changes: Any) -> dict[str, Any]:
    made = {
        "name": f"page {number}",
        "dimensions": 1,
        "data": {"name": "DOSE", "unit": "Gy", "values": [1.5, 2.5]},
        "axis_dim1": {"name": "Z", "unit": "cm", "values": [0, 1]},
        "metadata": {"name": "DOSE", "unit": "Gy", "page_number": str(number)},
    }
    return {**made, **changes}


def send_results(service: Service, key: int, *pages: dict[str, Any], name: str = "out") -> Any:
    body = {
        "simulation_id": key,
        "update_key": service.key(key),
        "estimators": [{"name": name, "metadata": {"a": "b"}, "pages": list(pages)}],
    }
    return Browser(service)("POST", "/results", body)


def finish(service: Service, job_id: str) -> int:
    key = simulation(service, job_id)
    for index in (1, 2):
        body = {
            "simulation_id": key,
            "task_id": index,
            "update_key": service.key(key),
            "update_dict": {"task_state": "COMPLETED"},
        }
        assert Browser(service)("POST", "/tasks", body).status_code == 202
    claim = {"simulation_id": key, "update_key": service.key(key), "claim_id": "m"}
    assert Browser(service)("POST", "/merges/claim", claim).json["order"]["tasks"]
    return key


def test_a_submission_is_there_at_once(browser: Browser) -> None:
    job_id = browser.submit(primaries=5, ntasks=2)
    assert job_id.endswith("DIRECT")
    status = browser("GET", "/jobs", params={"job_id": job_id})
    assert status.status_code == 200
    assert status.json["job_state"] == "PENDING"
    tasks = status.json["job_tasks_status"]
    assert [task["requested_primaries"] for task in tasks] == [3, 2]
    assert all(task["task_state"] == "PENDING" for task in tasks)
    assert len(browser.service.queue.tasks) == 2


def test_the_input_comes_back_exactly_as_sent(browser: Browser) -> None:
    text = '{"primaries": 10,  "x": 1.0e2, "nested": {"b":[]}}'
    body = json.dumps(submission()).replace(json.dumps({"primaries": 10}), text)
    sent = browser("POST", "/jobs/direct", body=None, headers={"Content-Type": "application/json"})
    assert sent.status_code == 400
    result = browser._client.simulate_post("/jobs/direct", body=body, cookies=browser.cookies)
    shown = browser("GET", "/inputs", params={"job_id": result.json["job_id"]})
    assert text in shown.text
    assert shown.json["input"]["number_of_all_primaries"] == 10
    assert shown.json["input"]["input_files"] == {"in.txt": "10"}
    assert shown.json["input"]["input_type"] == "editor"


def test_files_are_taken_as_they_are(browser: Browser) -> None:
    files = {"in.txt": "20", "flSim.inp": "data:application/octet-stream;base64,AP8="}
    body = submission(input_type="FILES", input_files=files, sim_type="common")
    job_id = browser("POST", "/jobs/direct", body).json["job_id"]
    shown = browser("GET", "/inputs", params={"job_id": job_id}).json["input"]
    assert shown["input_files"] == files
    assert "input_json" not in shown


def test_what_is_left_out_is_said(browser: Browser) -> None:
    result = browser("POST", "/jobs/direct", submission(skip_unsupported=True))
    assert result.json["left_out"] == ["one thing"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (submission(ntasks="4"), "ntasks"),
        (submission(ntasks=True), "ntasks"),
        (submission(ntasks=0), "ntasks"),
        (submission(ntasks=1_000_000), "ntasks"),
        (submission(ntasks=1.5), "ntasks"),
        (submission(primaries=0), "numberOfParticles"),
        (submission(primaries=-5), "numberOfParticles"),
        (submission(primaries="many"), "primaries"),
        (submission(sim_type="magic"), "sim_type"),
        (submission(sim_type=5), "sim_type"),
        (submission(input_type="guess"), "input_type"),
        (submission(input_json=[1]), "input_json"),
        (submission(input_json=None), "input_json"),
        (submission(input_type="files"), "input_files"),
        (submission(input_type="files", input_files={}), "input_files"),
        (submission(input_type="files", input_files={"../../x": "1"}), "input_files['../../x']"),
        (submission(input_type="files", input_files={"in.txt": 5}), "input_files"),
        (submission(title=5), "title"),
        (submission(title="x" * 501), "title"),
        ({"ntasks": 4}, "sim_type"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_bad_input_names_the_field_and_leaves_nothing(
    browser: Browser, body: object, field: str
) -> None:
    committed = browser.service.store.committed
    result = browser("POST", "/jobs/direct", body)
    assert result.status_code == 400
    assert result.json["message"].startswith(f"{field}:") or f"{field}[" in result.json["message"]
    assert browser.service.store.committed == committed
    assert not browser.service.queue.tasks


@pytest.mark.parametrize("body", ["", "{", "[1,", '{"a": NaN}', "\xff", "[" * 100_000])
def test_malformed_json_is_a_clear_400(browser: Browser, body: str) -> None:
    data = body.encode("latin-1")
    result = browser._client.simulate_post("/jobs/direct", body=data, cookies=browser.cookies)
    assert result.status_code == 400
    assert result.json["message"].startswith("body:")


def test_a_body_of_200_mb_is_refused_unread(browser: Browser) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= 70 << 20
            left = (200 << 20) - self.taken
            self.taken += min(size, left)
            return b" " * min(size, left)

    for headers in ({"Content-Length": str(200 << 20)}, {"Transfer-Encoding": "chunked"}):
        result = browser._client.simulate_post(
            "/jobs/direct",
            headers=headers,
            cookies=browser.cookies,
            extras={"wsgi.input": Endless()},
        )
        assert result.status_code == 413
        assert "64 MiB" in result.json["message"]


def test_a_simulator_that_is_not_installed_is_refused(browser: Browser) -> None:
    browser.service.simulator.installed = False
    result = browser("POST", "/jobs/direct", submission())
    assert result.status_code == 400
    assert "not installed" in result.json["message"]


def test_batch_jobs_and_clusters_are_not_for_local_users(browser: Browser) -> None:
    assert browser("POST", "/jobs/batch", submission()).status_code == 403
    assert browser("GET", "/clusters").status_code == 403


def test_cancelling_is_safe_to_repeat(browser: Browser) -> None:
    job_id = browser.submit()
    for _ in range(3):
        result = browser("DELETE", "/jobs/direct", params={"job_id": job_id})
        assert (result.status_code, result.json["job_state"]) == (200, "CANCELED")
    assert browser.service.queue.cleanups == [JobRef(simulation(browser.service, job_id), job_id)]


def test_removal(browser: Browser) -> None:
    job_id = browser.submit()
    assert browser("DELETE", "/user/simulations", params={"job_id": job_id}).status_code == 409
    browser("DELETE", "/jobs", params={"job_id": job_id})
    assert browser("DELETE", "/user/simulations", params={"job_id": job_id}).status_code == 200
    again = browser("DELETE", "/user/simulations", params={"job_id": job_id})
    assert (again.status_code, again.json) == (404, UNKNOWN)


def test_the_list_of_jobs(browser: Browser) -> None:
    ids = []
    for _ in range(3):
        browser.service.clock.advance(1)
        ids.append(browser.submit())
    result = browser("GET", "/user/simulations", params={"page_size": 2})
    assert [item["job_id"] for item in result.json["simulations"]] == [ids[2], ids[1]]
    assert (result.json["page_count"], result.json["simulations_count"]) == (2, 3)
    shown = result.json["simulations"][0]
    assert shown["metadata"] == {
        "platform": "DIRECT", "server": "Yaptide", "input_type": "editor", "sim_type": "mcsquare",
    }  # fmt: skip
    assert shown["end_time"] is None
    assert shown["start_time"].endswith("Z")
    beyond = browser("GET", "/user/simulations", params={"page_idx": 9})
    assert (beyond.status_code, beyond.json["simulations"]) == (200, [])
    states = browser("GET", "/user/simulations", params={"job_state": "COMPLETED,FAILED"})
    assert states.json["simulations"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"page_idx": 0}, {"page_idx": "x"}, {"page_size": -1}, {"page_size": 10**30},
        {"order_by": "title"}, {"order_type": "up"}, {"job_state": "DONE"},
    ],
)  # fmt: skip
def test_a_wrong_query_names_its_parameter(browser: Browser, query: dict[str, Any]) -> None:
    result = browser("GET", "/user/simulations", params=query)
    assert result.status_code == 400
    assert result.json["message"].startswith(next(iter(query)))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs"), ("GET", "/jobs/direct"), ("GET", "/jobs/batch"), ("DELETE", "/jobs"),
        ("DELETE", "/jobs/direct"), ("DELETE", "/jobs/batch"), ("GET", "/inputs"),
        ("GET", "/estimators"), ("GET", "/results"), ("GET", "/logfiles"),
        ("DELETE", "/user/simulations"),
    ],
)  # fmt: skip
def test_jobs_are_their_owners_alone(browser: Browser, method: str, path: str) -> None:
    job_id = browser.submit()
    finish(browser.service, job_id)
    send_results(browser.service, simulation(browser.service, job_id), page(0))
    other = Browser(browser.service).sign_in("bob")
    before = repr(browser.service.store.state.jobs)
    assert other(method, path, params={"job_id": job_id}).status_code == 403
    assert repr(browser.service.store.state.jobs) == before
    unknown = browser(method, path, params={"job_id": "nothing"})
    assert (unknown.status_code, unknown.json) == (404, UNKNOWN)
    missing = browser(method, path)
    assert missing.status_code == 400
    assert missing.json["message"].startswith("job_id:")


def test_results_in_their_four_forms(browser: Browser) -> None:
    job_id = browser.submit()
    empty = browser("GET", "/estimators", params={"job_id": job_id})
    assert empty.status_code == 404
    key = finish(browser.service, job_id)
    assert send_results(browser.service, key, page(0), page(1), page(2)).status_code == 202
    assert browser("GET", "/jobs", params={"job_id": job_id}).json["job_state"] == "COMPLETED"

    def get(**query: Any) -> Any:
        return browser("GET", "/results", params={"job_id": job_id, **query})

    titles = browser("GET", "/estimators", params={"job_id": job_id}).json["estimators_metadata"]
    assert titles[0]["pages_metadata"][1] == {
        "page_number": 1, "page_name": "page 1", "page_dimension": 1,
    }  # fmt: skip
    (everything,) = get().json["estimators"]
    assert (everything["name"], everything["metadata"]) == ("out", {"a": "b"})
    assert everything["pages"] == [page(0), page(1), page(2)]
    assert get(estimator_name="out").json["pages"] == everything["pages"]
    assert get(estimator_name="out", page_numbers="2,0-1").json["pages"] == everything["pages"]
    assert get(estimator_name="out", page_number=2).json["page"] == page(2)
    assert get(estimator_name="in").status_code == 404
    assert get(estimator_name="out", page_number=7).status_code == 404
    assert get(estimator_name="out", page_numbers="a-b").status_code == 400


def test_results_sent_twice_are_stored_once(browser: Browser) -> None:
    job_id = browser.submit()
    key = finish(browser.service, job_id)
    for _ in range(2):
        assert send_results(browser.service, key, page(0)).status_code == 202
    results = browser("GET", "/results", params={"job_id": job_id}).json["estimators"]
    assert len(results) == 1


@pytest.mark.parametrize(
    "broken",
    [
        page(0, dimensions=2),
        page(0, dimensions=7),
        page(0, data=[]),
        page(0, dimensions="1"),
    ],
)
def test_pages_that_would_crash_the_browser_are_refused(
    browser: Browser, broken: dict[str, Any]
) -> None:
    key = finish(browser.service, browser.submit())
    result = send_results(browser.service, key, page(1), broken)
    assert result.status_code == 400
    assert "pages[1]" in result.json["message"]


def test_logs_add_up_and_hold_no_markup(browser: Browser) -> None:
    job_id = browser.submit()
    key = simulation(browser.service, job_id)
    for name in ("a.log", "<b>.log"):
        body = {
            "simulation_id": key,
            "update_key": browser.service.key(key),
            "logfiles": {name: "<script>alert(1)</script> & more"},
        }
        assert Browser(browser.service)("POST", "/logfiles", body).status_code == 202
    result = browser("GET", "/logfiles", params={"job_id": job_id})
    assert set(result.json["logfiles"]) == {"a.log", "&lt;b&gt;.log"}
    assert "<" not in result.text


@pytest.mark.parametrize(
    ("text", "pages"),
    [("0-3,5", [0, 1, 2, 3, 5]), ("5,0", [0, 5]), ("1-3000000", [1, 2, 3, 4, 5]), ("2,2", [2])],
)
def test_page_numbers(text: str, pages: list[int]) -> None:
    assert pages_asked_for(text, range(6)) == pages


@pytest.mark.parametrize("text", ["", "x", "1-", "-1", "1-2-3", "1.5", "9" * 50])
def test_bad_page_numbers(text: str) -> None:
    with pytest.raises((InvalidInput, NotFound)):
        pages_asked_for(text, range(6))
