"""What must hold across the processes of the server, restarts and requests at the same moment."""

import contextlib
import re
import signal
import socket
import sqlite3
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from application.accounts.limit_logins import MOST_OF_PAIR
from domain.job import JobRef
from tests.integration.http.server import Answer, Client, Web, Worker, submission
from tests.integration.servers.process import wait_until
from tests.waiting import LONGEST


def at_once(count: int, ask: object) -> list[Any]:
    """Return what `count` threads got that asked at the same moment."""
    gate = threading.Barrier(count)

    def one(number: int) -> object:
        gate.wait(LONGEST)
        return ask(number)  # type: ignore[operator]

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_two_submissions_at_once_with_one_key_make_one_job(web: Web, ann: Client) -> None:
    for attempt in range(3):
        key = {"Idempotency-Key": f"attempt {attempt}"}
        found = at_once(8, lambda _, key=key: ann("POST", "/jobs/direct", submission(), key))
        assert {answer.status for answer in found} == {202}
        assert len({answer.json["job_id"] for answer in found}) == 1
    assert ann("GET", "/user/simulations").json["simulations_count"] == 3


def test_guesses_at_once_can_not_slip_by_the_limit(web: Web, ann: Client) -> None:
    def guess(number: int) -> int:
        client = Client(web.url)
        body = {"username": "victim", "password": f"guess number {number}"}
        status = client("POST", "/auth/login", body).status
        client.close()
        return status

    statuses = Counter(at_once(24, guess))
    assert statuses == {401: MOST_OF_PAIR, 429: 24 - MOST_OF_PAIR}
    assert ann("GET", "/auth/status").status == 200
    assert Client(web.url)("GET", "/").status == 200


def test_a_refresh_at_the_moment_of_the_logout_revives_nothing(web: Web) -> None:
    for _ in range(4):
        ann = Client(web.url).sign_in("ann leaves")
        copies = []
        for _ in range(6):
            copy = Client(web.url)
            copy.cookies = dict(ann.cookies)
            copies.append(copy)

        def ask(number: int, copies: list[Client] = copies) -> Answer:
            if number == 3:
                return copies[number]("DELETE", "/auth/logout")
            return copies[number]("GET", "/auth/refresh")

        answers = at_once(6, ask)
        statuses = [answer.status for answer in answers]
        assert statuses[3] == 200
        assert set(statuses) <= {200, 401}
        hidden = {"message": "No token provided"}
        assert all(answer.json == hidden for answer in answers if answer.status == 401)
        for copy in copies:
            assert copy("GET", "/auth/status").status == 401
            late = copy("GET", "/auth/refresh")
            assert (late.status, late.json) == (401, hidden)
            copy.close()
        ann.close()


def test_tabs_that_refresh_at_the_same_moment_go_on_with_any_answer(web: Web, ann: Client) -> None:
    for turn in range(6):
        copies = [copy_of(ann, web) for _ in range(8)]
        answers = at_once(8, lambda number, tabs=copies: tabs[number]("GET", "/auth/refresh"))
        assert {answer.status for answer in answers} == {200}
        ann.cookies = dict(copies[turn].cookies)
        assert ann("GET", "/auth/status").status == 200
        for copy in copies:
            copy.close()


def test_counters_are_those_of_all_processes(web: Web) -> None:
    def asked() -> int:
        text = Client(web.url)("GET", "/metrics").data.decode()
        line = r'yaptide_http_requests_total{method="GET",route="/clusters",status="401"} (\S+)'
        found = re.search(line, text)
        return int(float(found[1])) if found else 0

    before = asked()

    def ask(_: int) -> int:
        # A connection each, so that the processes share them.
        client = Client(web.url)
        status = client("GET", "/clusters").status
        client.close()
        return status

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(60))) == {401}
    assert [asked() for _ in range(6)] == [before + 60] * 6


def test_waiting_for_events_leaves_room_for_others(web: Web, ann: Client, worker: Client) -> None:
    job_id = ann.submit()
    version = ann("GET", f"/jobs/{job_id}/events").json["version"]
    others = [Client(web.url) for _ in range(30)]
    for other in others:
        other.cookies = dict(ann.cookies)

    def wait(number: int) -> object:
        return others[number]("GET", f"/jobs/{job_id}/events", after=version, wait=55)

    with ThreadPoolExecutor(30) as pool:
        waits = [pool.submit(wait, number) for number in range(30)]
        wait_until(lambda: sum(item.done() for item in waits) >= 30 - 2 * 8, "refusals")
        assert ann("GET", "/jobs", job_id=job_id).status == 200
        assert ann("DELETE", "/jobs", job_id=job_id).status == 200
        answers = [item.result(LONGEST) for item in waits]
    for other in others:
        other.close()
    counts = Counter(answer.status for answer in answers)
    assert set(counts) == {200, 503}
    assert 1 <= counts[200] <= 16
    for answer in answers:
        if answer.status == 503:
            assert answer.headers["Retry-After"]
            assert answer.json["message"]
        else:
            assert (answer.json["changed"], answer.json["job_state"]) == (True, "CANCELED")


def test_what_was_a_removed_jobs_does_nothing_to_the_next(web: Web, ann: Client) -> None:
    """With SQLite, which would give the number to the next job of anybody."""

    def add(client: Client) -> tuple[int, JobRef]:
        job_id = client.submit()
        with contextlib.closing(sqlite3.connect(web.data_dir / "yaptide.sqlite")) as database:
            found = database.execute("SELECT id FROM job WHERE job_id = ?", [job_id]).fetchone()
        return found[0], JobRef(found[0], job_id)

    removed, ref = add(ann)
    assert ann("DELETE", "/jobs", job_id=ref.job_id).status == 200
    assert ann("DELETE", "/user/simulations", job_id=ref.job_id).status == 200
    bob = Client(web.url).sign_in("bob of the numbers")
    number, of_bob = add(bob)
    assert number > removed
    worker = Worker(web.url)
    report = {"task_id": 1, "update_dict": {"task_state": "COMPLETED"}}
    logs = {"logfiles": {"a.log": "of ann"}}
    for path, fields in (("/tasks", report), ("/logfiles", logs), ("/results", {"estimators": []})):
        key = worker.tokens.issue_update_key(ref).text
        for about in (removed, number):
            body = {"simulation_id": about, "update_key": key, **fields}
            assert worker("POST", path, body).status == (400 if about == removed else 403)
        forged = worker.tokens.issue_update_key(JobRef(number, ref.job_id)).text
        body = {"simulation_id": number, "update_key": forged, **fields}
        assert worker("POST", path, body).status == 403
    shown = bob("GET", "/jobs", job_id=of_bob.job_id).json["job_tasks_status"]
    assert [task["task_state"] for task in shown] == ["PENDING", "PENDING"]
    assert bob("GET", "/logfiles", job_id=of_bob.job_id).status == 404


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET / HTTP/9.9\r\n\r\n", b"GARBAGE\r\n\r\n", b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n", b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"POST /auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: strange\r\n\r\n",
        b"POST /auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    ],
)  # fmt: skip
def test_requests_that_are_none_are_answered_in_json(web: Web, request_text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", web.port), LONGEST) as connection:
        connection.sendall(request_text)
        answer = b""
        while piece := connection.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    assert re.match(rb"HTTP/1.1 (4\d\d|501) ", head), head
    assert b"application/json" in head
    assert body.startswith(b'{"message":"')


def test_a_restart_keeps_sessions_and_limits(tmp_path: Path) -> None:
    first = Web(tmp_path, WEB_WORKERS="1", WEB_THREADS="4").ready()
    ann = Client(first.url).sign_in("ann")
    job_id = ann.submit()
    wrong = {"username": "victim", "password": "a wrong password"}
    for _ in range(MOST_OF_PAIR):
        assert ann("POST", "/auth/login", wrong).status == 401
    events = f"/jobs/{job_id}/events"
    waits = copy_of(ann, first)
    with ThreadPoolExecutor(1) as pool:

        def wait_long() -> Answer:
            while (answer := waits("GET", events, after=3, wait=50)).status == 503:
                # The short look below had the place: it is free again at once.
                continue
            return answer

        waiting = pool.submit(wait_long)
        # Of four threads two may wait, and a single user only half of those.
        first.wait_until(lambda: ann("GET", events, after=3, wait=0.01).status == 503)
        ann.close()
        first.stop(signal.SIGTERM)
        assert waiting.result(LONGEST).status == 200
        waits.close()
    assert not list(tmp_path.glob("yaptide-metrics-*"))
    second = Web(tmp_path, WEB_WORKERS="1").ready()
    try:
        again = copy_of(ann, second)
        assert again("GET", "/jobs", job_id=job_id).status == 200
        assert again("GET", "/auth/refresh").status == 200
        assert again("POST", "/auth/login", wrong).status == 429
        assert again.sign_in("ann").cookies
        again.close()
    finally:
        second.stop()


def copy_of(client: Client, web: Web) -> Client:
    """Return a client with the same cookies."""
    copy = Client(web.url)
    copy.cookies = dict(client.cookies)
    return copy
