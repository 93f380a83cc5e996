"""The real application on a real gunicorn and a real database, filled with jobs."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from http.client import HTTPConnection
from math import inf
from pathlib import Path
from typing import Any

from sqlalchemy import event

from application.ports.job_repository import JobInput
from application.ports.worker_registry import WorkerNote
from benchmarks.lean_connection import LeanConnection
from domain.job import InputType, Job, Platform
from domain.states import EntityState
from entrypoints.composition.container import Container, make_container
from entrypoints.settings import read_settings
from tests.integration.servers.deployment import Deployment

PASSWORD = "a good password"
CLIENTS = 4


class Bench:
    """A running service, and the same objects in this process to fill its database with."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self._deployment = Deployment(folder, database_url, "", folder / "simulators", SETTINGS)
        settings = read_settings(self._deployment.environment())
        self.container: Container = make_container(settings)
        self._numbers = iter(range(1, 10**9))
        self.stored: Job | None = None
        try:
            self.user_id = self._fill()
            self._deployment.start("web")
            self.cookie = self._sign_in()
        except BaseException:
            self.close()
            raise

    def _fill(self) -> int:
        """Make the schema, a user and a note of a worker; return the user's id."""
        self.container.schema().upgrade()
        user_id: int = self.container.register_user()("bench", PASSWORD).id
        note = WorkerNote("bench", 1, {"mcsquare": "1", "shieldhit": "1"})
        with self.container.unit_of_work() as work:
            work.workers.put(note, self.container.clock().now())
            work.commit()
        return user_id

    def close(self) -> None:
        """End the service."""
        self._deployment.stop()
        self.container.engine().dispose()

    def serve_with(self, **settings: str) -> None:
        """Start the API again with other settings."""
        self._deployment.stop("web")
        self._deployment.settings.update(settings)
        self._deployment.start("web")
        # Its processes listen before they are ready.
        self.load(lambda _: ("GET", "/", None), 2.0)

    @property
    def port(self) -> int:
        """Return the port of the API."""
        return self._deployment.port

    def add_job(self, ntasks: int, state: EntityState = EntityState.RUNNING) -> Job:
        """Store a job of the user that signed in."""
        with self.container.unit_of_work() as work:
            stored = self.add_job_in(work, ntasks, state)
            work.commit()
        return stored

    def add_job_in(
        self, work: Any, ntasks: int = 1, state: EntityState = EntityState.COMPLETED
    ) -> Job:
        """Store a job in a transaction that goes on."""
        now = self.container.clock().now()
        name = f"bench-{next(self._numbers)}"
        job = Job(name, self.user_id, "bench", Platform.DIRECT, InputType.FILES, "mcsquare", now)
        job = replace(job.with_tasks(ntasks * 1000, ntasks), state=state)
        stored: Job = work.jobs.add(job, JobInput({"a": b"a"}, ntasks * 1000))
        return stored

    def update_key(self, job: Job) -> str:
        """Return the key with which a worker reports on a job."""
        return self.container.tokens().issue_update_key(job.ref).text

    def request(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Make one request on a connection of its own."""
        with _connection(self.port) as connection:
            return _exchange(connection, method, path, body, self._headers(headers))

    def load(
        self, make: Callable[[int], tuple[str, str, bytes | None]], seconds: float = 4.0
    ) -> tuple[list[float], float]:
        """Send requests from several clients for a while; return their times and the whole time.

        A request that nobody answers takes for ever, and is its client's last.
        """
        times: list[float] = []
        start = time.perf_counter()

        def client(first: int) -> None:
            with closing(LeanConnection(self.port, self._headers({}))) as connection:
                number = first
                while time.perf_counter() < start + seconds:
                    method, path, body = make(number)
                    begun = time.perf_counter()
                    try:
                        status, answer = connection.exchange(method, path, body)
                    except TimeoutError:
                        times.append(inf)
                        return
                    times.append(time.perf_counter() - begun)
                    if status >= 300:
                        raise RuntimeError(f"{method} {path}: {status} {answer[:200]!r}")
                    number += CLIENTS

        threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return times, time.perf_counter() - start

    @contextmanager
    def counted_statements(self) -> Iterator[list[str]]:
        """Lend the list of statements that this process sends meanwhile."""
        seen: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        engine = self.container.engine()
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    @contextmanager
    def watched_memory(self) -> Iterator[list[float]]:
        """Lend a list that holds, in the end, how many MiB the server took above what it had."""
        before, peak, done = self._resident(), [0.0], threading.Event()

        def watch() -> None:
            while not done.wait(0.01):
                now = self._resident()
                peak[0] = max([peak[0], *(now[pid] - before.get(pid, 0) for pid in now)])

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield peak
        finally:
            done.set()
            thread.join()

    def processor_seconds(self) -> float:
        """Return how long the processes of the API have computed so far."""
        ticks = 0
        for pid in self._processes():
            # Behind the name in brackets: time in the program is the 12th, in the system the 13th.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def _resident(self) -> dict[int, float]:
        return {pid: _resident_mib(pid) for pid in self._processes()}

    def _processes(self) -> list[int]:
        parent = self._deployment.processes["web"].process.pid
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return [parent, *map(int, children)]

    def _sign_in(self) -> str:
        body = json.dumps({"username": "bench", "password": PASSWORD}).encode()
        with _connection(self.port) as connection:
            connection.request("POST", "/auth/login", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            cookies = response.headers.get_all("Set-Cookie") or []
        return "; ".join(cookie.partition(";")[0] for cookie in cookies)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Cookie": self.cookie, "Content-Type": "application/json", **named}


SETTINGS = {"WEB_WORKERS": "2", "LOG_LEVEL_ROOT": "WARNING"}


def _resident_mib(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = [line.split()[1] for line in lines if line.startswith("VmRSS")]
    return int(sizes[0]) / 1024 if sizes else 0.0


@contextmanager
def _connection(port: int) -> Iterator[HTTPConnection]:
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        yield connection
    finally:
        connection.close()


def _exchange(
    connection: HTTPConnection, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> tuple[int, bytes]:
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()
