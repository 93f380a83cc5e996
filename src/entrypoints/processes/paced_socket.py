"""The connection of a client that may be slow, but not without end."""

import errno
import select
import socket
import threading
import time
from typing import Any, Self

IDLE_SECONDS = 30.0
"""How long a client may neither send nor take a byte."""

GRACE_SECONDS = 30.0
LEAST_RATE = 4096
"""Bytes a second on average, once the grace is over: 33 kbit/s."""

SLOW_SECONDS = 2.0
"""Who has been waited for so long while it takes an answer is a slow reader."""


class Pace:
    """How much of a body or an answer has moved, and how long one waits for more of it."""

    def __init__(self) -> None:
        self._began = 0.0
        self._moved = 0

    def moved(self, size: int) -> None:
        """Note that so many bytes have moved."""
        self._moved += size

    def patience(self) -> float:
        """Return for how many seconds one waits for more; not above zero: it is over."""
        now = time.monotonic()
        self._began = self._began or now
        return min(IDLE_SECONDS, self._began + GRACE_SECONDS + self._moved / LEAST_RATE - now)


class PacedSocket(socket.socket):
    """A blocking socket that gives up clients which are too slow.

    `patient` says whether to wait at all for what a client has yet to send; `whole` that nothing
    of the request is yet to come. Too slow a body is a TimeoutError; too slow a reader is treated
    as one that has gone.
    """

    slow_readers = threading.BoundedSemaphore(4)
    """One for each thread that may wait for a slow reader, set by the server process."""

    patient = False
    whole = False

    @classmethod
    def of(cls, plain: socket.socket) -> Self:
        """Take over a connection."""
        return cls(fileno=plain.detach())

    def begin(self, whole: bool) -> None:
        """Begin to count: a request is about to be read."""
        self.whole, self.patient = whole, False
        self._received, self._sent = Pace(), Pace()
        self._waited, self._seated = 0.0, False

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """Return what there is, waiting for it as long as the pace allows."""
        if self.gettimeout() == 0.0:
            return super().recv(size, flags)
        while True:
            try:
                data = super().recv(size, flags | socket.MSG_DONTWAIT)
            except BlockingIOError:
                self._wait_for_more()
            else:
                self._received.moved(len(data))
                return data

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send everything, waiting for the reader as long as the pace allows."""
        if self.gettimeout() == 0.0:
            super().sendall(data, flags)
            return
        left = memoryview(data).cast("B")
        try:
            while left:
                try:
                    sent = super().send(left, flags | socket.MSG_DONTWAIT)
                except BlockingIOError:
                    self._wait_for_reader()
                else:
                    self._sent.moved(sent)
                    left = left[sent:]
        finally:
            if self._seated:
                self.slow_readers.release()
                self._seated = False

    def _wait_for_more(self) -> None:
        if not self.patient:
            raise ConnectionResetError(errno.ECONNRESET, "the request is not whole")
        if not self._ready(select.POLLIN, self._received.patience()):
            raise TimeoutError("the body comes too slowly")

    def _wait_for_reader(self) -> None:
        """Wait until more can be sent; for long only in a seat of a slow reader."""
        if not self._seated and self._waited > SLOW_SECONDS:
            self._seated = self.slow_readers.acquire(blocking=False)
            if not self._seated:
                raise ConnectionResetError(errno.ECONNRESET, "too many read slowly")
        patience = self._sent.patience()
        wait = patience if self._seated else min(patience, SLOW_SECONDS)
        begin = time.monotonic()
        ready = self._ready(select.POLLOUT, wait)
        self._waited += time.monotonic() - begin
        if not ready and wait == patience:
            raise ConnectionResetError(errno.ECONNRESET, "the answer is taken too slowly")

    def _ready(self, event: int, seconds: float) -> bool:
        if seconds <= 0:
            return False
        poll = select.poll()
        poll.register(self.fileno(), event)
        return bool(poll.poll(seconds * 1000))
