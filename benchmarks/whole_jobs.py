"""A whole job from its submission to COMPLETED, with a simulator that finishes at once."""

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from urllib.request import HTTPCookieProcessor, Request, build_opener

from benchmarks.rows import Measured, Row
from benchmarks.service import Bench
from tests.integration.faults.jobs import input_files
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.postgresql import running_postgresql
from tests.integration.servers.redis import RedisServer
from tests.simulator_stand_ins.installing import install

TASKS = 16
REPEATS = 7
POLL_SECONDS = 0.01


class _User:
    """Somebody who signs in, submits and polls."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        self._opener = build_opener(HTTPCookieProcessor())
        credentials = {"username": "bench", "password": "a good password"}
        self("PUT", "/auth/register", credentials)
        self("POST", "/auth/login", credentials)

    def __call__(self, method: str, path: str, body: object = None) -> dict[str, object]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with self._opener.open(Request(self._base + path, data, headers, method=method)) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def job(self) -> tuple[float, float]:
        """Return how long a job took, and how long it took after its last task had ended."""
        start = time.perf_counter()
        files = {"input_type": "files", "input_files": input_files(1600)}
        job = {"sim_type": "shieldhit", "ntasks": TASKS, "title": "", **files}
        job_id = self("POST", "/jobs/direct", job)["job_id"]
        while self._state(str(job_id)) != "COMPLETED":
            time.sleep(POLL_SECONDS)
        return time.perf_counter() - start, self._after_last_task(str(job_id))

    def _state(self, job_id: str) -> object:
        state = self("GET", f"/jobs?job_id={job_id}")["job_state"]
        if state in ("FAILED", "CANCELED"):
            raise RuntimeError(f"the job is {state}")
        return state

    def _after_last_task(self, job_id: str) -> float:
        tasks = self("GET", f"/jobs?job_id={job_id}")["job_tasks_status"]
        listed = self("GET", "/user/simulations?page_size=1")["simulations"]
        assert isinstance(tasks, list)
        assert isinstance(listed, list)
        last = max(datetime.fromisoformat(task["end_time"]) for task in tasks)
        return (datetime.fromisoformat(listed[0]["end_time"]) - last).total_seconds()


def _measure(database_url: str, queue_url: str, folder: Path) -> list[tuple[float, float]]:
    _install_instant_simulator(folder / "simulators")
    made = Deployment(folder, database_url, queue_url, folder / "simulators")
    try:
        made.start("web", "helper", "worker")
        user = _User(made.port)
        user.job()
        return [user.job() for _ in range(REPEATS)]
    finally:
        made.stop()


INSTANT = """#!/bin/sh
[ "$1" = -N ] || { echo SHIELD-HIT12A v1.0.0; exit 0; }
seed=$(printf %04d "$2")
cp ONCE/mesh_0001.bdo "$3/mesh_$seed.bdo"
cp ONCE/fluence_0001.bdo "$3/fluence_$seed.bdo"
cp ONCE/shieldhit_0001.log "$3/shieldhit_$seed.log"
"""


def _install_instant_simulator(folder: Path) -> None:
    """Let one real run of the stand-in leave what every later run only copies."""
    # In the simulator's own folder, which alone it may read.
    once = folder / "once"
    once.mkdir(parents=True)
    for name, text in input_files(100).items():
        (once / name).write_text(text)
    stand_in = install("shieldhit", folder.with_name("stand-in"))
    subprocess.run([stand_in, "-N", "1", once], check=True)
    executable = folder / "shieldhit"
    executable.write_text(INSTANT.replace("ONCE", str(once)))
    executable.chmod(0o755)


@contextmanager
def _servers(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Lend the addresses of a database and a queue of one kind of installation."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'jobs.sqlite'}", ""
        return
    broker = RedisServer(folder)
    try:
        with running_postgresql() as server, server.database() as url:
            yield url, broker.url
    finally:
        broker.stop()


def _row(kind: str, queue: str) -> Row:
    def measure(bench: Bench) -> Measured:
        del bench
        with (
            tempfile.TemporaryDirectory(prefix="yaptide-jobs-") as name,
            _servers(kind, Path(name)) as (database_url, queue_url),
        ):
            found = _measure(database_url, queue_url, Path(name))
        after = median(last for _, last in found)
        note = f"{after:.3f} s of it after the last task (older: 0.13 s)"
        return Measured(median(total for total, _ in found), "s", note=note)

    return Row(f"job of {TASKS} tasks that end at once, {queue}", measure, 1.5, kind)


ROWS = (_row("postgresql", "queue on Redis"), _row("sqlite", "embedded queue"))
