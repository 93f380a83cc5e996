"""How the model of the frontend reaches the service: over the network, or within this process."""

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from http.cookies import SimpleCookie
from typing import Any, Protocol

from falcon import testing

from tests.fakes.execution import FixedClock


class Unreachable(Exception):
    """Nothing answers."""


class Clock(Protocol):
    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...


class WallClock:
    """Time as it passes."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class HurriedClock:
    """Time that passes at once, for the service too.

    It is ahead of the machine's, by which cookies that are taken away have expired.
    """

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock
        clock.moment = datetime.now(UTC) + timedelta(hours=1)

    def now(self) -> datetime:
        return self._clock.now()

    def sleep(self, seconds: float) -> None:
        self._clock.advance(seconds)


class Cookies:
    """Keeps cookies as a browser does: those that have expired are gone."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[str, datetime | None]] = {}

    def take(self, headers: Iterable[str]) -> None:
        for header in headers:
            for name, morsel in SimpleCookie(header).items():
                self._kept[name] = (
                    morsel.value,
                    self._expiry(morsel["max-age"], morsel["expires"]),
                )

    def _expiry(self, max_age: str, expires: str) -> datetime | None:
        if max_age:
            return self._clock.now() + timedelta(seconds=int(max_age))
        return parsedate_to_datetime(expires) if expires else None

    def __call__(self) -> dict[str, str]:
        now = self._clock.now()
        return {
            name: value
            for name, (value, expiry) in self._kept.items()
            if expiry is None or expiry > now
        }


class HttpNetwork:
    """Sends each request once to a service that listens on a port of this machine."""

    def __init__(self, port: int, clock: Clock) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self.cookies = Cookies(clock)

    def __call__(
        self, method: str, path: str, body: Any, query: dict[str, Any], timeout: float
    ) -> tuple[int, bytes]:
        address = f"{self._base}{path}"
        if query:
            address += f"?{urllib.parse.urlencode(query)}"
        headers = {"Content-Type": "application/json"}
        if self.cookies():
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies().items())
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(address, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return self._read(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return self._read(error.code, error.headers, error.read())
        except OSError as error:
            raise Unreachable(str(error)) from error

    def _read(self, status: int, headers: Message, data: bytes) -> tuple[int, bytes]:
        self.cookies.take(headers.get_all("Set-Cookie", []))
        return status, data


class InProcessNetwork:
    """Sends each request to an application in this process."""

    def __init__(self, client: testing.TestClient, clock: Clock) -> None:
        self._client = client
        self.cookies = Cookies(clock)

    def __call__(
        self, method: str, path: str, body: Any, query: dict[str, Any], timeout: float
    ) -> tuple[int, bytes]:
        del timeout
        options = {} if body is None else {"json": body}
        result = self._client.simulate_request(
            method, path, params=query, cookies=self.cookies(), **options
        )
        self.cookies.take(map(_header, result.cookies.values()))
        return result.status_code, result.content


def _header(cookie: Any) -> str:
    expires = f"; Expires={cookie.expires:%a, %d %b %Y %H:%M:%S GMT}" if cookie.expires else ""
    age = f"; Max-Age={cookie.max_age}" if cookie.max_age is not None else ""
    return f"{cookie.name}={cookie.value}{expires}{age}"
