"""Deliver one message to the API, for as long as it may still succeed."""

import random
import threading
import time
from collections.abc import Mapping

import msgspec
from urllib3 import BaseHTTPResponse, PoolManager, Retry, Timeout
from urllib3.exceptions import HTTPError

from domain.errors import BackendRefused, BackendUnreachable

PASSING = frozenset({408, 425, 429})
"""Answers below 500 that say: try again later."""

SHORTEST_PAUSE = 0.25
LONGEST_PAUSE = 15.0
ATTEMPT_TIMEOUT = Timeout(connect=5, read=60)
QUICK_TIMEOUT = Timeout(connect=2, read=5)
"""For what is tried once: a simulation waits for its answer."""


FAILURES_HEADER = "X-Callback-Failures"
"""Tells the API of deliveries it never saw, since the last that succeeded: it counts them."""

ANSWERED_HEADER = "X-Request-ID"
"""Stands in each answer of the API itself, which has counted that try; not in a proxy's."""


class Failures:
    """How many deliveries the API never saw and was not told of yet, counted by all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        """Count one more."""
        with self._lock:
            self.count += 1

    def told(self, count: int) -> None:
        """Forget those that the API knows of now."""
        with self._lock:
            self.count = max(0, self.count - count)


class Delivery:
    """POSTs JSON with back-off and jitter; safe to use from several threads."""

    def __init__(self, base_url: str, stopping: threading.Event) -> None:
        self._base_url = base_url.rstrip("/")
        self._stopping = stopping
        self._pool = PoolManager(maxsize=16, retries=Retry(0))
        self._failures = Failures()

    def post(
        self, path: str, body: bytes, patience: float, parting: bool = False, key: str = ""
    ) -> Mapping[str, object]:
        """Return the decoded answer.

        Tries for `patience` seconds (0: once), and no longer than this worker runs, then raises
        BackendUnreachable. BackendRefused for an answer that repeating would not change. A
        `parting` message is what a worker that stops still has to say: it tries quickly, and on.
        The `key` goes before the body: nobody takes a large one from those who are not known.
        """
        deadline = time.monotonic() + patience
        pause = SHORTEST_PAUSE
        while True:
            reason, wait, said, seen = "", pause, self._failures.count, False
            try:
                answer = self._send(path, body, key, bool(patience) and not parting, said)
                if answer.status < 300:
                    self._failures.told(said)
                    return _decoded(answer)
                reason = _reason(answer)
                if answer.status < 500 and answer.status not in PASSING:
                    raise BackendRefused(reason)
                wait = max(pause, _retry_after(answer))
                seen = ANSWERED_HEADER in answer.headers
            except HTTPError as error:
                reason = str(error)
            if not seen:
                self._failures.add()
            if time.monotonic() + wait > deadline:
                raise BackendUnreachable(f"{path} could not be delivered: {reason}")
            if not self._waited(wait, parting):
                raise BackendUnreachable(f"{path} was not delivered: this worker stops")
            pause = min(pause * 2, LONGEST_PAUSE)

    def _waited(self, seconds: float, parting: bool) -> bool:
        """Wait before the next try; False when the worker stops and this is no parting message."""
        # Jitter keeps the workers from coming back all at once after an outage.
        seconds *= random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        if parting:
            time.sleep(seconds)
            return True
        return not self._stopping.wait(seconds)

    def close(self) -> None:
        """Close the connections."""
        self._pool.clear()

    def _send(
        self, path: str, body: bytes, key: str, patient: bool, failures: int
    ) -> BaseHTTPResponse:
        headers = {"Content-Type": "application/json", FAILURES_HEADER: str(failures)}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        return self._pool.request(
            "POST",
            f"{self._base_url}{path}",
            body=body,
            headers=headers,
            redirect=False,
            timeout=ATTEMPT_TIMEOUT if patient else QUICK_TIMEOUT,
        )


def _decoded(answer: BaseHTTPResponse) -> Mapping[str, object]:
    return msgspec.json.decode(answer.data, type=dict[str, object])


def _reason(answer: BaseHTTPResponse) -> str:
    try:
        return str(_decoded(answer).get("message", answer.reason))
    except msgspec.DecodeError:
        return f"{answer.status} {answer.reason}"


def _retry_after(answer: BaseHTTPResponse) -> float:
    text = answer.headers.get("Retry-After", "")
    return min(float(text), LONGEST_PAUSE) if text.isdecimal() else 0.0
