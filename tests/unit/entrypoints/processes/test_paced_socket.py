"""Who sends or reads slowly is waited for, who does neither is not."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from entrypoints.processes import paced_socket
from entrypoints.processes.paced_socket import PacedSocket


@pytest.fixture
def pair(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[PacedSocket, socket.socket]]:
    monkeypatch.setattr(paced_socket, "IDLE_SECONDS", 0.3)
    monkeypatch.setattr(paced_socket, "GRACE_SECONDS", 0.6)
    monkeypatch.setattr(paced_socket, "LEAST_RATE", 1000)
    monkeypatch.setattr(paced_socket, "SLOW_SECONDS", 0.05)
    monkeypatch.setattr(PacedSocket, "slow_readers", threading.BoundedSemaphore(1))
    ours, theirs = socket.socketpair()
    with PacedSocket.of(ours) as paced, theirs:
        paced.begin(whole=False)
        paced.patient = True
        yield paced, theirs


def later(seconds: float, act: object) -> threading.Timer:
    timer = threading.Timer(seconds, act)  # type: ignore[arg-type]
    timer.start()
    return timer


def test_a_sender_is_waited_for(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, theirs = pair
    timer = later(0.1, lambda: theirs.sendall(b"abc"))
    assert ours.recv(10) == b"abc"
    timer.join()
    theirs.close()
    assert ours.recv(10) == b""


def test_a_silent_sender_is_given_up(pair: tuple[PacedSocket, socket.socket]) -> None:
    with pytest.raises(TimeoutError):
        pair[0].recv(10)


def test_a_sender_of_single_bytes_is_given_up(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, theirs = pair
    done = threading.Event()

    def drip() -> None:
        while not done.wait(0.02):
            theirs.sendall(b"x")

    thread = threading.Thread(target=drip)
    thread.start()
    got = 0
    try:
        with pytest.raises(TimeoutError):
            while True:
                got += len(ours.recv(100))
    finally:
        done.set()
        thread.join()
    assert got > 10


def test_what_is_not_there_of_a_head_is_not_waited_for(
    pair: tuple[PacedSocket, socket.socket],
) -> None:
    pair[0].patient = False
    with pytest.raises(ConnectionResetError):
        pair[0].recv(10)


def test_a_slow_reader_gets_everything(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, theirs = pair
    data = bytes(range(256)) * 4096
    got = bytearray()

    def read() -> None:
        while len(got) < len(data):
            time.sleep(0.001)
            got.extend(theirs.recv(1 << 14))

    thread = threading.Thread(target=read)
    thread.start()
    ours.sendall(data)
    thread.join()
    assert bytes(got) == data
    assert PacedSocket.slow_readers.acquire(blocking=False), "the seat was given back"


def test_a_reader_that_stopped_is_given_up(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, _ = pair
    with pytest.raises(ConnectionResetError):
        ours.sendall(b"x" * (8 << 20))
    assert PacedSocket.slow_readers.acquire(blocking=False), "the seat was given back"


def test_slow_readers_for_whom_there_is_no_thread_are_let_go(
    pair: tuple[PacedSocket, socket.socket],
) -> None:
    ours, theirs = pair
    assert PacedSocket.slow_readers.acquire(blocking=False)
    with contextlib.ExitStack() as stack:
        stack.callback(PacedSocket.slow_readers.release)
        timer = later(0.15, lambda: theirs.recv(1 << 14))
        with pytest.raises(ConnectionResetError, match="too many"):
            ours.sendall(b"x" * (8 << 20))
        timer.join()


def test_a_loop_never_waits(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, _ = pair
    ours.setblocking(False)
    with pytest.raises(BlockingIOError):
        ours.recv(10)
    with pytest.raises(BlockingIOError):
        ours.sendall(b"x" * (8 << 20))
