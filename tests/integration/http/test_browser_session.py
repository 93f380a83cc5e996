"""A browser's session with the existing frontend's habits, from its first page to its last."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.http.server import PASSWORD, Answer, Client, Web, Worker, submission

ATTEMPTS = 3
"""How often the frontend sends a GET or DELETE whose answer is above 300."""


class Frontend:
    """Sends what the frontend sends and reads what it reads."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def ask(self, method: str, path: str, body: Any = None, **query: object) -> Answer:
        """Send a request; GET and DELETE that fail are repeated and must fail in the same way."""
        answer = self.client(method, path, body, {"Accept-Encoding": "gzip, deflate, br"}, **query)
        if method in ("GET", "DELETE") and answer.status > 300:
            for _ in range(ATTEMPTS - 1):
                again = self.client(method, path, body, **query)
                assert (again.status, again.json) == (answer.status, answer.json)
        if answer.status > 300:
            assert isinstance(answer.json["message"], str)
            assert answer.json["message"]
        return answer

    def read(self, path: str, **query: object) -> Any:
        """Return an answer with its keys as the frontend sees them."""
        answer = self.ask("GET", path, **query)
        assert answer.status == 200, answer.data
        assert b"NaN" not in answer.data
        return camel_cased(answer.json)


def camel_cased(value: Any) -> Any:
    if isinstance(value, list):
        return [camel_cased(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        re.sub(r"_(\w)", lambda found: found[1].upper(), key): camel_cased(item)
        for key, item in value.items()
    }


@pytest.fixture
def frontend(web: Web) -> Iterator[Frontend]:
    client = Client(web.url)
    yield Frontend(client)
    client.close()


def test_a_whole_session(web: Web, frontend: Frontend, worker: Worker) -> None:
    credentials = {"username": "browser", "password": PASSWORD}
    assert frontend.read("/")["message"]
    refused = frontend.ask("GET", "/auth/refresh")
    assert (refused.status, refused.json) == (401, {"message": "No token provided"})
    assert frontend.ask("PUT", "/auth/register", credentials).status == 201
    wrong = frontend.ask("POST", "/auth/login", {**credentials, "password": "something else"})
    assert (wrong.status, wrong.json) == (401, {"message": "Invalid login or password"})
    login = frontend.ask("POST", "/auth/login", credentials)
    assert login.status == 202
    assert type(login.json["access_exp"]) is type(login.json["refresh_exp"]) is int
    cookies = login.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    for cookie in cookies:
        assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= {
            part.strip() for part in cookie.split(";")
        }
    assert frontend.read("/auth/status")["source"] == "local"
    assert type(frontend.read("/auth/refresh")["accessExp"]) is int

    assert frontend.read("/user/simulations", page_size=6, page_idx=1)["simulations"] == []
    project = {"primaries": 11, "some_key": {"nested_key": [1.0, 2.5e3]}}
    sent = json.dumps(submission(11, 3, input_json=project), indent=1).encode()
    submitted = frontend.ask("POST", "/jobs/direct", sent)
    assert submitted.status == 202, submitted.data
    job_id = submitted.json["job_id"]

    raw = frontend.ask("GET", "/inputs", job_id=job_id)
    assert raw.json["input"]["input_json"] == project
    assert json.dumps(project, indent=1).replace("\n", "\n ").encode() in raw.data
    shown = frontend.read("/inputs", job_id=job_id)["input"]
    assert (shown["inputType"], shown["numberOfAllPrimaries"]) == ("editor", 11)
    listed = frontend.read(
        "/user/simulations", page_size=6, page_idx=1, order_by="start_time", order_type="descend"
    )
    assert (listed["pageCount"], listed["simulationsCount"]) == (1, 1)
    (outline,) = listed["simulations"]
    assert outline["jobId"] == job_id
    assert outline["endTime"] is None
    assert outline["metadata"] == {
        "platform": "DIRECT", "server": "Yaptide", "inputType": "editor", "simType": "mcsquare",
    }  # fmt: skip

    poll_to_the_end(frontend, worker, job_id)
    read_results(frontend, job_id)
    assert frontend.ask("GET", "/logfiles", job_id=job_id).status == 404
    fail_another(frontend, worker)

    assert frontend.ask("DELETE", "/user/simulations", job_id=job_id).status == 200
    gone = frontend.ask("DELETE", "/user/simulations", job_id=job_id)
    assert (gone.status, gone.json["message"]) == (404, "Job with provided ID does not exist")

    kept = dict(frontend.client.cookies)
    out = frontend.ask("DELETE", "/auth/logout")
    assert out.status == 200
    assert not frontend.client.cookies
    assert frontend.ask("DELETE", "/auth/logout").status == 200
    frontend.client.cookies = kept
    assert frontend.ask("GET", "/auth/refresh").status == 401
    assert frontend.ask("GET", "/user/simulations").status == 401


def poll_to_the_end(frontend: Frontend, worker: Worker, job_id: str) -> None:
    """Play a worker and poll between its reports, by both of the frontend's addresses."""
    key = simulation_of(worker)
    for done in (1, 3):
        worker.task(key, 1, task_state="RUNNING", simulated_primaries=done, estimated_time=3725)
        for path in ("/jobs", "/jobs/direct"):
            status = frontend.read(path, job_id=job_id)
            assert len(status["jobTasksStatus"]) == 3
            first = status["jobTasksStatus"][0]
            assert (first["taskState"], first["simulatedPrimaries"]) == ("RUNNING", done)
            assert first["requestedPrimaries"] == 4
            assert first["estimatedTime"] == {"hours": 1, "minutes": 2, "seconds": 5}
            assert first["startTime"].endswith("Z")
    assert frontend.ask("DELETE", "/user/simulations", job_id=job_id).status == 409
    worker.finish(key, 3)
    status = frontend.read("/jobs", job_id=job_id)
    assert status["jobState"] == "COMPLETED"
    assert all(task["endTime"] for task in status["jobTasksStatus"])


def read_results(frontend: Frontend, job_id: str) -> None:
    (estimator,) = frontend.read("/estimators", job_id=job_id)["estimatorsMetadata"]
    assert estimator == {
        "name": "out",
        "pagesMetadata": [{"pageNumber": 0, "pageName": "page 0", "pageDimension": 1}],
    }
    query = {"job_id": job_id, "estimator_name": "out"}
    (page,) = frontend.read("/results", **query, page_numbers="0")["pages"]
    assert (page["dimensions"], page["data"]["values"]) == (1, [0.5, 1.5, 2.5])
    assert page["axisDim1"]["unit"] == "cm"
    assert frontend.read("/results", **query, page_number=0)["page"] == page
    assert frontend.read("/results", **query)["pages"] == [page]
    assert frontend.read("/results", job_id=job_id)["estimators"][0]["pages"] == [page]


def fail_another(frontend: Frontend, worker: Worker) -> None:
    """Let a second job fail: its log can be read, and it can't be cancelled any more."""
    job_id = frontend.client.submit(2, 1)
    key = simulation_of(worker)
    log = {"task.log": "<script>alert(1)</script>\nno such file"}
    assert worker.tell("/logfiles", key, logfiles=log).status == 202
    worker.task(key, 1, task_state="FAILED")
    assert frontend.read("/jobs", job_id=job_id)["jobState"] == "FAILED"
    logs = frontend.read("/logfiles", job_id=job_id)["logfiles"]
    assert "no such file" in logs["task.log"]
    assert "<" not in logs["task.log"]
    canceled = frontend.ask("DELETE", "/jobs", job_id=job_id)
    assert (canceled.status, canceled.json["job_state"]) == (200, "FAILED")
    running = frontend.client.submit(2, 1)
    for _ in range(2):
        canceled = frontend.ask("DELETE", "/jobs/direct", job_id=running)
        assert (canceled.status, canceled.json["job_state"]) == (200, "CANCELED")
    assert worker.task(simulation_of(worker), 1, task_state="RUNNING").json["wanted"] is False


def simulation_of(worker: Worker) -> int:
    """Return the number of the newest job: numbers count up, and those beyond are unknown."""
    known = 0
    while True:
        said = worker.tell("/tasks", known + 1, task_id=1, update_dict={})
        if said.status == 400:
            return known
        known += 1
