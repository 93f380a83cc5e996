"""Which kind of gunicorn process, and how many of what, serve best: `python -m benchmarks.serving`.

Not part of `make bench`: it starts the server anew for each line of its table.
"""

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from benchmarks.service import Bench
from domain.job import Job
from tests.integration.servers.nginx import Nginx
from tests.integration.servers.postgresql import PostgreSql

LONG_POLLS = 12
SLOW_CLIENTS = 8
CHOICES = (
    # With more than one thread gunicorn takes gthread for sync.
    *(("sync", workers, 1) for workers in (2, 4)),
    ("gthread", 2, 4),
    *(("gthread", workers, 16) for workers in (1, 2, 3, 4)),
)
SECONDS = 4.0
Request = tuple[str, str, bytes | None]


def main() -> None:
    """Measure each choice and print one line of it.

    Processor time counts, which other work on the machine disturbs least; of the crowd, how many of
    its long polls were let in and how long a request of others took meanwhile.
    """
    table = Table(title="on postgresql, 4 clients; ms of processor time of a request")
    columns = ("POST /tasks", "GET /jobs", "in a crowd", "longest s there", "long polls let in")
    for name in ("class", "workers", "threads", *columns):
        table.add_column(name, justify="right")
    server = PostgreSql()
    try:
        server.start()
        with TemporaryDirectory(prefix="yaptide-serving-") as name:
            for line in _lines(Path(name), server):
                table.add_row(*line)
    finally:
        server.remove()
    Console(width=120).print(table)


def _lines(folder: Path, server: PostgreSql) -> Iterator[list[str]]:
    with server.database("template0") as url:
        bench = Bench(folder, url)
        try:
            job, watched = bench.add_job(100), bench.add_job(1000)
            for kind, workers, threads in CHOICES:
                bench.serve_with(
                    WEB_WORKERS=str(workers),
                    WEB_THREADS=str(max(2, threads)),
                    GUNICORN_CMD_ARGS=f"--worker-class {kind} --threads {threads}",
                )
                shown = _measured(bench, job, watched, folder)
                yield [kind, str(workers), str(threads) if kind == "gthread" else "", *shown]
        finally:
            bench.close()


def _measured(bench: Bench, job: Job, watched: Job, folder: Path) -> list[str]:
    report, show = _report(bench, job), lambda _: ("GET", f"/jobs?job_id={job.job_id}", None)
    alone = [_cost(bench, make)[0] for make in (report, show)]
    with _crowd(bench, watched, folder) as let_in:
        cost, longest = _cost(bench, lambda number: (report if number // 4 % 2 else show)(number))
        waiting = len(let_in)
    return [*(f"{item:.2f}" for item in (*alone, cost)), f"{longest:.2f}", str(waiting)]


def _cost(bench: Bench, make: Callable[[int], Request]) -> tuple[float, float]:
    """Return the processor time of a request in ms, and how long the longest took, in s."""
    before = bench.processor_seconds()
    times, _ = bench.load(make, SECONDS)
    spent = bench.processor_seconds() - before
    return 1000 * spent / len(times), max(times)


def _report(bench: Bench, job: Job) -> Callable[[int], Request]:
    key = bench.update_key(job)

    def report(number: int) -> Request:
        body = {
            "simulation_id": job.simulation_id,
            "task_id": number % len(job.tasks) + 1,
            "update_key": key,
            "update_dict": {"task_state": "RUNNING", "simulated_primaries": number % 1000},
        }
        return "POST", "/tasks", json.dumps(body).encode()

    return report


@contextmanager
def _crowd(bench: Bench, watched: Job, folder: Path) -> Iterator[set[int]]:
    """Have others wait for a change of a job, and read through nginx as over a slow line.

    Lends the numbers of those whose wait was let in, as seen so far.
    """
    done = threading.Event()
    let_in: set[int] = set()
    nginx = Nginx(folder, bench.port)
    waits = [partial(_long_poll, bench, watched, let_in, n) for n in range(LONG_POLLS)]
    reads = [lambda: _slow_read(bench, nginx, watched)] * SLOW_CLIENTS
    threads = [threading.Thread(target=_again, args=(work, done)) for work in waits + reads]
    for thread in threads:
        thread.start()
    time.sleep(1)
    try:
        yield let_in
    finally:
        done.set()
        # The change that those who wait are waiting for.
        with bench.container.unit_of_work() as work:
            work.jobs.touch(watched.simulation_id, [1], bench.container.clock().now())
            work.commit()
        for thread in threads:
            thread.join()
        nginx.stop()


def _again(work: Callable[[], None], done: threading.Event) -> None:
    while not done.is_set():
        try:
            work()
        except (OSError, HTTPException):
            time.sleep(0.2)


def _long_poll(bench: Bench, watched: Job, let_in: set[int], number: int) -> None:
    status, answer = bench.request("GET", f"/jobs/{watched.job_id}/events?wait=0")
    version = json.loads(answer).get("version") if status == 200 else None
    path = f"/jobs/{watched.job_id}/events?after={version}&wait=25"
    if version is not None:
        let_in.add(number)
    if version is None or bench.request("GET", path)[0] != 200:
        # There was no place, and the answer came at once.
        let_in.discard(number)
        time.sleep(1)


def _slow_read(bench: Bench, nginx: Nginx, watched: Job) -> None:
    context = ssl.create_default_context(cafile=nginx.certificate)
    connection: HTTPConnection = HTTPSConnection(
        "localhost", nginx.https_port, timeout=60, context=context
    )
    try:
        path = f"/jobs?job_id={watched.job_id}"
        connection.request("GET", path, headers={"Cookie": bench.cookie})
        answer = connection.getresponse()
        while answer.read(8 << 10):
            time.sleep(0.1)
    finally:
        connection.close()


if __name__ == "__main__":
    main()
