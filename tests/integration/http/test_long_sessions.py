"""Sessions over many lives of their tokens, on servers that are killed meanwhile."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from tests.integration.http.server import Client, Web
from tests.waiting import LONGEST

ACCESS, IDLE = 8, 16
"""Seconds; long enough for a server to start again on a busy machine, short enough to wait for."""

PAUSE = 0.4
"""Seconds between two looks at the job."""

SHORT = {"ACCESS_TOKEN_SECONDS": str(ACCESS), "SESSION_IDLE_SECONDS": str(IDLE)}
ENDED = {"message": "Your session has ended: sign in again"}


class Tab:
    """A tab of the frontend: asks for tokens after a third of their life, and for a job."""

    def __init__(self, client: Client, job_id: str) -> None:
        self.client = client
        self.refused: list[Any] = []
        self.refreshed = self.lost = 0
        self._job_id = job_id
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(LONGEST)

    def _live(self) -> None:
        due = time.monotonic()
        while not self._closed.wait(PAUSE):
            if time.monotonic() >= due:
                due = time.monotonic() + ACCESS / 3
                self.refreshed += self._ask("/auth/refresh")
            self._ask("/jobs/direct", job_id=self._job_id)

    def _ask(self, path: str, **query: str) -> bool:
        try:
            answer = self.client("GET", path, **query)
        except urllib3.exceptions.HTTPError:
            self.lost += 1
            return False
        if answer.status != 200:
            self.refused.append((path, answer.status, answer.json))
        return answer.status == 200


def tab_of(client: Client, web: Web) -> Client:
    """Return another tab of the same browser: they share their cookies."""
    tab = Client(web.url)
    tab.cookies = client.cookies
    return tab


@pytest.fixture
def servers(tmp_path: Path, database_url: str) -> Iterator[list[Web]]:
    """Return the list of servers that are ended in the end, the first of which runs."""
    started = [Web(tmp_path, DATABASE_URL=database_url, **SHORT).ready()]
    yield started
    for web in started:
        web.stop()


def test_tabs_stay_signed_in_until_they_are_closed(
    servers: list[Web], tmp_path: Path, database_url: str
) -> None:
    begun = time.monotonic()
    ann = Client(servers[0].url).sign_in("ann")
    job_id = ann.submit()
    # Nobody uses this one: that the same user uses another does not keep it.
    elsewhere = Client(servers[0].url).sign_in("ann")
    clients = [tab_of(ann, servers[0]) for _ in range(3)]
    tabs = [Tab(client, job_id) for client in clients]
    try:
        time.sleep(IDLE / 2)
        servers[0].kill()
        servers.append(Web(tmp_path, DATABASE_URL=database_url, **SHORT).ready())
        for client in clients:
            client._url = servers[1].url
        time.sleep(max(0.0, begun + 1.6 * IDLE - time.monotonic()))
    finally:
        for tab in tabs:
            tab.close()
    assert [tab.refused for tab in tabs] == [[], [], []]
    assert sum(tab.lost for tab in tabs) > 0
    assert min(tab.refreshed for tab in tabs) >= 1.6 * IDLE / ACCESS
    again = tab_of(ann, servers[1])
    answer = again("GET", "/jobs/direct", job_id=job_id)
    assert answer.status == 200, servers[1].log.read_text()
    idle = tab_of(elsewhere, servers[1])
    for path in ("/auth/refresh", "/user/simulations"):
        answer = idle("GET", path)
        assert (answer.status, answer.json) == (401, ENDED)
    answer = idle("GET", "/jobs/direct", job_id=job_id)
    assert (answer.status, answer.json) == (401, {"message": "No token provided"})
    assert idle.sign_in("ann")("GET", "/jobs/direct", job_id=job_id).status == 200


def test_a_session_ends_at_its_limit_however_much_it_is_used(tmp_path: Path) -> None:
    days = 0.0001
    web = Web(tmp_path, SESSION_DAYS=str(days), WEB_WORKERS="1", **SHORT).ready()
    try:
        before = time.time()
        ann = Client(web.url).sign_in("ann")
        after, refreshed = time.time(), 0
        while (answer := ann("GET", "/auth/refresh")).status == 200:
            refreshed += 1
            # Not cut to the end of the session: the frontend would ask every second near it.
            assert answer.json["access_exp"] / 1000 - time.time() > 1
            assert answer.json["refresh_exp"] / 1000 <= after + days * 86400
            time.sleep(0.2)
        assert time.time() > before + days * 86400 - 1
        assert refreshed > 5
        assert (answer.status, answer.json) == (401, ENDED)
        assert ann("GET", "/user/simulations").json == ENDED
    finally:
        web.stop()
