"""No body is read before it is known to be welcome, and none beyond its limit."""

import io
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from falcon import testing

from adapters.http.application import ADDRESSES, make_application
from adapters.http.operation.openapi import operations
from adapters.http.wire.body_room import BodyRoom
from adapters.http.wire.endpoint import Access, Operation
from adapters.http.wire.request_body import REQUEST_ARRIVED
from adapters.http.wire.resource import KEY_IN_BODY
from adapters.http.wire.settings import HttpSettings
from domain.errors import TooManyBodies
from tests.unit.adapters.http.conftest import Browser, Service
from tests.unit.adapters.http.jobs.test_jobs import finish, page, simulation

MIB = 1 << 20
WITH_BODY = [
    pytest.param(address, method, operation, id=f"{method} {address}")
    for address, method, operation in operations(ADDRESSES)
    if operation.body is not None
]


class Body(io.RawIOBase):
    """A body that notes how much was read of it; `pieces` are given before an error is raised."""

    def __init__(self, size: int, data: bytes = b"", error: Exception | None = None) -> None:
        self.size = size
        self.taken = 0
        self._data = io.BytesIO(data)
        self._error = error

    def read(self, size: int = -1) -> bytes:
        data = self._data.read(size)
        if not data and self._error is not None:
            raise self._error
        if not data and self.taken < self.size:
            data = b" " * min(size if size >= 0 else self.size, self.size - self.taken)
        self.taken += len(data)
        return data


Send = Callable[..., testing.Result]


@pytest.fixture
def send(service: Service) -> Send:
    """Return what sends a body to one application for all requests of a test."""
    application = make_application(service.use_cases, HttpSettings(unknown_senders=2))

    def ask(
        method: str,
        path: str,
        body: Body,
        cookies: Any = None,
        chunked: bool = False,
        **headers: str,
    ) -> testing.Result:
        length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(body.size)}
        environ = testing.create_environ(
            path=path, method=method, headers={**length, **headers}, cookies=cookies
        )
        environ["wsgi.input"] = body
        answer = testing.StartResponseMock()
        data = b"".join(application(environ, answer))
        return testing.Result([data], answer.status, answer.headers)

    return ask


@pytest.mark.parametrize(("address", "method", "operation"), WITH_BODY)
@pytest.mark.parametrize("chunked", [False, True])
def test_no_address_takes_more_than_its_limit(
    browser: Browser, send: Send, address: str, method: str, operation: Operation, chunked: bool
) -> None:
    number = simulation(browser.service, browser.submit())
    body = Body(operation.limit + 1)
    key = {"Authorization": f"Bearer {browser.service.key(number)}"}
    known = key if operation.access is Access.WORKER else {}
    result = send(method.upper(), address, body, browser.cookies, chunked, **known)
    assert (result.status_code, result.json["message"][:5]) == (413, "body:")
    if not chunked:
        assert body.taken == 0


@pytest.mark.parametrize(("address", "method", "operation"), WITH_BODY)
def test_nothing_is_read_of_what_somebody_sends_who_is_not_let_in(
    send: Send, address: str, method: str, operation: Operation
) -> None:
    if operation.access is Access.USER:
        refused = send(method.upper(), address, body := Body(MIB))
        assert (refused.status_code, body.taken) == (401, 0)
    if operation.access is Access.WORKER:
        worthless = {"Authorization": "Bearer worthless"}
        refused = send(method.upper(), address, body := Body(MIB), **worthless)
        assert (refused.status_code, body.taken) == (403, 0)
    if operation.access in (Access.OPEN, Access.ANY_WORKER):
        assert operation.limit <= 64 << 10


def results(number: int, size: int, **more: object) -> bytes:
    filled = {**page(0), "data": {"name": "d", "unit": "", "values": [1.25] * (size // 5)}}
    estimators = [{"name": "out", "metadata": {}, "pages": [filled]}]
    return json.dumps({"simulation_id": number, "estimators": estimators, **more}).encode()


def test_large_results_need_their_key_before_them(browser: Browser, send: Send) -> None:
    service = browser.service
    number = finish(service, browser.submit())
    key = service.key(number)
    late = Body(KEY_IN_BODY + 1)
    refused = send("POST", "/results", late)
    assert (refused.status_code, late.taken) == (413, 0)
    assert "Authorization: Bearer" in refused.json["message"]
    data = results(number, 2 * MIB)
    early = Body(len(data), data)
    assert send("POST", "/results", early, Authorization=f"Bearer {key}").status_code == 202


def test_results_of_older_scripts_hold_their_key(browser: Browser, send: Send) -> None:
    number = finish(browser.service, browser.submit())
    data = results(number, 2 * MIB, update_key=browser.service.key(number))
    assert send("POST", "/results", Body(len(data), data)).status_code == 202


def test_a_key_before_the_body_is_for_one_simulation(browser: Browser, send: Send) -> None:
    first, second = (simulation(browser.service, browser.submit()) for _ in range(2))
    data = json.dumps({"simulation_id": second, "logfiles": {"a": "b"}}).encode()
    key = browser.service.key(first)
    refused = send("POST", "/logfiles", Body(len(data), data), Authorization=f"Bearer {key}")
    assert (refused.status_code, refused.json["message"][:11]) == (403, "update_key:")


def test_who_finds_no_room_is_told_to_come_again(service: Service, browser: Browser) -> None:
    number = finish(service, browser.submit())
    settings = HttpSettings(most_body_bytes=3 * MIB)
    client = testing.TestClient(make_application(service.use_cases, settings))
    headers = {"Authorization": f"Bearer {service.key(number)}"}
    for size in (4, 2, 2, 2):
        # What was dealt with makes room for the next.
        data = results(number, size * MIB)
        result = client.simulate_post("/results", body=data, headers=headers)
        assert result.status_code == (503 if size == 4 else 202)
        if size == 4:
            assert int(result.headers["Retry-After"]) > 0
            assert result.json["message"]


def test_strangers_who_send_slowly_keep_nobody_out_but_strangers(
    browser: Browser, send: Send
) -> None:
    number = finish(browser.service, browser.submit())
    began, release = threading.Semaphore(0), threading.Event()

    class Slow(Body):
        def read(self, size: int = -1) -> bytes:
            began.release()
            release.wait(30)
            return b""

    slow = [threading.Thread(target=send, args=("POST", "/results", Slow(MIB))) for _ in range(2)]
    for thread in slow:
        thread.start()
    try:
        assert all(began.acquire(timeout=30) for _ in slow)
        login = json.dumps({"username": "ann", "password": "a good password"}).encode()
        refused = send("POST", "/auth/login", Body(len(login), login), chunked=True)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
        data = results(number, MIB)
        headers = {"Authorization": f"Bearer {browser.service.key(number)}"}
        assert send("POST", "/results", Body(len(data), data), **headers).status_code == 202
        client = browser.service.client(unknown_senders=1)
        # A request that the server has collected keeps no thread waiting.
        for _ in range(3):
            answer = client.simulate_post("/auth/login", body=login, extras={REQUEST_ARRIVED: True})
            assert answer.status_code == 202
    finally:
        release.set()
        for thread in slow:
            thread.join()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TimeoutError("slow"), 408), (ConnectionResetError("gone"), 400),
        (ValueError("a chunk of size zz"), 400), (RuntimeError("whatever a server raises"), 400),
    ],
)  # fmt: skip
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_does_not_come_whole_is_the_clients_fault(
    send: Send, error: Exception, status: int, chunked: bool
) -> None:
    body = Body(1000, b'{"username": "ann", ', error)
    result = send("POST", "/auth/login", body, chunked=chunked)
    assert (result.status_code, result.json["message"][:5]) == (status, "body:")


def test_room_is_for_so_many_bytes_and_so_many_bodies() -> None:
    room = BodyRoom(10, 1, seat_seconds=0.01)
    room.hold(6)
    with pytest.raises(TooManyBodies):
        room.hold(5)
    room.hold(4)
    room.release(6)
    room.hold(5)
    with room.seat(), pytest.raises(TooManyBodies), room.seat():
        pass
    with room.seat():
        pass
