"""Reports to a real HTTP server that has its moods."""

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from urllib3 import Timeout

from adapters.callbacks import delivery
from adapters.callbacks.http import HttpBackend
from adapters.callbacks.result_json import stored_estimators
from application.ports.task_queue import TaskMessage
from domain.errors import BackendRefused, BackendUnreachable
from domain.estimator import Estimator, Page
from domain.job import TaskReport
from domain.states import EntityState
from tests.job_refs import job_ref
from tests.waiting import LONGEST

CUT = 0


class Api(ThreadingHTTPServer):
    """Answers with the next of `moods` (a status, or CUT for a broken connection), then 202."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.moods: list[int] = []
        self.answer: dict[str, Any] = {"message": "ok"}
        self.received: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str | None] = []

    def handle_error(self, request: object, client_address: object) -> None:
        """Keep quiet about connections that were cut on purpose."""


class Handler(BaseHTTPRequestHandler):
    server: Api
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received.append((self.path, body))
        self.server.keys.append(self.headers["Authorization"])
        mood = self.server.moods.pop(0) if self.server.moods else 202
        if mood == CUT:
            self.close_connection = True
            self.connection.close()
            return
        data = json.dumps(self.server.answer if mood < 300 else {"message": "mood"}).encode()
        self.send_response(mood)
        self.send_header("Content-Length", str(len(data)))
        if mood == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def stopping() -> threading.Event:
    return threading.Event()


@pytest.fixture
def backend(api: Api, stopping: threading.Event) -> Iterator[HttpBackend]:
    url = f"http://127.0.0.1:{api.server_port}/prefix"
    backend = HttpBackend(url, lambda job: f"key {job.simulation_id}", str, stopping, patience=20)
    yield backend
    backend.close()


END = TaskReport(2, 1, EntityState.COMPLETED)


def test_a_report_says_who_and_what(api: Api, backend: HttpBackend) -> None:
    api.answer = {"message": "", "wanted": False}
    assert backend.report_task(job_ref(5), TaskReport(2, 1, EntityState.RUNNING, 7, 3)) is False
    assert api.received == [
        ("/prefix/tasks", {
            "simulation_id": 5, "update_key": "key 5", "task_id": 2, "attempt": 1,
            "update_dict": {"task_state": "RUNNING", "simulated_primaries": 7, "estimated_time": 3},
        })
    ]  # fmt: skip


def test_the_key_comes_before_the_body(api: Api, backend: HttpBackend) -> None:
    backend.report_task(job_ref(5), END)
    backend.send_results(job_ref(5), [])
    backend.send_logs(job_ref(6), {"a": "b"})
    assert api.keys == ["Bearer key 5", "Bearer key 5", "Bearer key 6"]
    # A version before finds it where it was.
    assert [body["update_key"] for _, body in api.received] == ["key 5", "key 5", "key 6"]


def test_passing_faults_are_outlived(api: Api, backend: HttpBackend) -> None:
    api.moods = [503, CUT, 500, 429]
    start = time.monotonic()
    backend.report_task(job_ref(5), END)
    assert len(api.received) == 5
    assert time.monotonic() - start > 0.5


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_final_no_is_not_repeated(api: Api, backend: HttpBackend, status: int) -> None:
    api.moods = [status]
    with pytest.raises(BackendRefused, match="mood"):
        backend.report_task(job_ref(5), END)
    assert len(api.received) == 1


def test_mere_progress_is_tried_once(api: Api, backend: HttpBackend) -> None:
    api.moods = [503]
    assert backend.report_task(job_ref(5), TaskReport(2, 1, EntityState.RUNNING)) is True
    assert len(api.received) == 1


def test_an_api_that_is_away_for_a_while_gets_the_results(api: Api, backend: HttpBackend) -> None:
    api.moods = [CUT] * 3
    backend.send_results(
        job_ref(5), stored_estimators([Estimator("e", [Page(0, "p", "q", "u", [1.5])])])
    )
    _, body = api.received[-1]
    assert body["estimators"][0]["pages"][0]["data"]["values"] == [1.5]
    assert (body["simulation_id"], body["update_key"]) == (5, "key 5")


def test_a_worker_that_stops_does_not_wait(
    api: Api, backend: HttpBackend, stopping: threading.Event
) -> None:
    api.moods = [503] * 100
    stopping.set()
    with pytest.raises(BackendUnreachable, match="stops"):
        backend.report_task(job_ref(5), END)
    assert len(api.received) == 1


def test_nobody_there_is_unreachable(stopping: threading.Event) -> None:
    backend = HttpBackend("http://127.0.0.1:1", lambda _: "", str, stopping, patience=0.5)
    with pytest.raises(BackendUnreachable):
        backend.fail_job(job_ref(5), "log")
    backend.close()


def test_orders_are_understood(api: Api, backend: HttpBackend) -> None:
    files = {"a.txt": "text", "b.bin": "data:application/octet-stream;base64,AP8="}
    api.answer = {
        "order": {
            "sim_type": "x", "primaries": 5, "seed": 2, "lease_seconds": 60, "input_files": files,
            "tasks": [{"task_id": 1, "attempt": 2, "primaries": 3}],
        }
    }  # fmt: skip
    order = backend.claim_task(TaskMessage(job_ref(5), 2, 1), "c")
    assert order is not None
    assert order.files == {"a.txt": b"text", "b.bin": b"\x00\xff"}
    merge = backend.claim_merge(job_ref(5), "c")
    assert merge is not None
    assert merge.tasks[0].primaries == 3
    api.answer = {"order": None}
    assert backend.claim_task(TaskMessage(job_ref(5), 2, 1), "c") is None
    assert backend.claim_merge(job_ref(5), "c") is None


def test_an_api_that_hangs_does_not_hold_up_a_simulation(
    api: Api, backend: HttpBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    released = threading.Event()
    gave_up: list[bool] = []
    monkeypatch.setattr(Handler, "do_POST", lambda _: gave_up.append(released.wait(LONGEST)))
    monkeypatch.setattr(delivery, "QUICK_TIMEOUT", Timeout(connect=1, read=0.3))
    assert backend.report_task(job_ref(5), TaskReport(2, 1, EntityState.RUNNING)) is True
    assert not gave_up
    released.set()


def test_failed_deliveries_are_told_with_the_next_that_succeeds(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    answer = Handler.do_POST

    def note(handler: Handler) -> None:
        told.append(handler.headers["X-Callback-Failures"])
        answer(handler)

    monkeypatch.setattr(Handler, "do_POST", note)
    monkeypatch.setattr(delivery, "SHORTEST_PAUSE", 0.01)
    api.moods = [503, CUT]
    sender = delivery.Delivery(f"http://127.0.0.1:{api.server_port}", threading.Event())
    sender.post("/tasks", b"{}", 10)
    sender.post("/tasks", b"{}", 10)
    sender.close()
    assert told == ["0", "1", "2", "0"]


def test_a_try_that_the_api_answered_is_left_to_its_own_count(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    answer = Handler.do_POST

    def note(handler: Handler) -> None:
        told.append(handler.headers["X-Callback-Failures"])
        answer(handler)

    monkeypatch.setattr(Handler, "do_POST", note)
    monkeypatch.setattr(delivery, "ANSWERED_HEADER", "Content-Length")
    monkeypatch.setattr(delivery, "SHORTEST_PAUSE", 0.01)
    api.moods = [503, CUT]
    sender = delivery.Delivery(f"http://127.0.0.1:{api.server_port}", threading.Event())
    sender.post("/tasks", b"{}", 10)
    sender.close()
    assert told == ["0", "0", "1"]


@pytest.mark.parametrize("mood", [CUT, 503])
def test_work_is_handed_back_although_the_first_try_fails(
    api: Api, backend: HttpBackend, stopping: threading.Event, mood: int
) -> None:
    stopping.set()
    api.moods = [mood, mood]
    backend.release_task(TaskMessage(job_ref(5), 2, 1), "c")
    assert [path for path, _ in api.received] == ["/prefix/tasks/release"] * 3
