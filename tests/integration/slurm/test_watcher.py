"""What a task says over HTTP from its node, to a backend that answers, is silent or comes back."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from adapters.executors.slurm_ssh.layout import pack_job
from application.ports.batch_clusters import BatchOrder
from application.ports.batch_recipe import BatchRecipe
from domain.cluster import BatchOptions, Cluster
from tests.integration.servers import process
from tests.integration.servers.process import wait_until


class Backend:
    """Takes reports; `answers` says of the n-th request whether anybody answers it."""

    def __init__(self, answers: Callable[[int], bool]) -> None:
        self.reports: list[Any] = []
        self.keys: list[str | None] = []
        self.sends_on = ""
        self.answers = answers

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Return the address at which it listens."""
        backend = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                report = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                backend.reports.append(report)
                backend.keys.append(self.headers["Authorization"])
                if backend.sends_on:
                    self.send_response(302)
                    self.send_header("Location", backend.sends_on)
                    self.end_headers()
                    return
                if backend.answers(len(backend.reports)):
                    self.send_response(202)
                    self.end_headers()
                    self.wfile.write(b'{"message": "ok"}')

            def do_GET(self) -> None:
                backend.keys.append(self.headers["Authorization"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            thread = Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            try:
                yield f"http://127.0.0.1:{server.server_address[1]}"
            finally:
                server.shutdown()
                thread.join()


def run(folder: Path, url: str, script: str) -> str:
    """Run a task as its node would; return the state that it leaves in its file."""
    unpack(folder, url, script)
    return start(folder, "39")


def unpack(folder: Path, url: str, script: str) -> None:
    order = BatchOrder(
        "job", 7, [10], {}, {1: {}}, BatchRecipe(["sh", "-c", script]), BatchOptions(), url, "key"
    )
    # As submissions are unpacked on clusters.
    packed = pack_job(order, Cluster("c", "h"), str(folder))
    subprocess.run(["tar", "-xz", "-C", folder], input=packed, check=True)


def start(folder: Path, array: str) -> str:
    # It ends as the simulator does, which is what most tests are about.
    process.run(command(folder), check=False, env=environment(array))
    return state(folder)


def command(folder: Path) -> list[str]:
    return [sys.executable, str(folder / "watcher.py"), "run", "1"]


def environment(array: str) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "SLURM_ARRAY_JOB_ID": array}


def state(folder: Path) -> str:
    return str(json.loads((folder / "status" / "0001.json").read_text())["state"])


def test_a_node_that_reaches_nobody_is_not_kept_from_other_work(tmp_path: Path) -> None:
    backend = Backend(lambda number: False)
    with backend.listening() as url:
        assert run(tmp_path, url, "exit 1") == "FAILED"
    # One when it began, and one each for the log and the last word: none of them is repeated.
    assert len(backend.reports) <= 3


def test_a_last_word_is_repeated_until_the_backend_is_back(tmp_path: Path) -> None:
    backend = Backend(lambda number: number not in (2, 3))
    with backend.listening() as url:
        # Long enough for the first report to be answered before the last word is spoken.
        waited = f"until [ -e {tmp_path}/go ]; do sleep 0.05; done"
        release = Thread(target=_release, args=(backend, tmp_path / "go"))
        release.start()
        assert run(tmp_path, url, waited) == "COMPLETED"
        release.join()
    last = backend.reports[-1]
    assert last["update_dict"]["task_state"] == "COMPLETED"
    assert (last["simulation_id"], last["task_id"], last["update_key"]) == (7, 1, "key")
    assert len(backend.reports) >= 4


def test_the_key_comes_before_the_body_and_goes_nowhere_else(tmp_path: Path) -> None:
    other, backend = Backend(lambda number: True), Backend(lambda number: True)
    with other.listening() as elsewhere, backend.listening() as url:
        backend.sends_on = elsewhere
        assert run(tmp_path, url, "true") == "COMPLETED"
    assert set(backend.keys) == {"Bearer key"}
    assert set(other.keys) <= {None}


def _release(backend: Backend, file: Path) -> None:
    wait_until(lambda: bool(backend.reports), "the first report")
    file.touch()


def test_a_task_runs_again_for_the_array_that_has_claimed_it_and_for_no_other(
    tmp_path: Path,
) -> None:
    unpack(tmp_path, "", "echo run >> runs")
    runs = tmp_path / "tasks" / "0001" / "runs"
    for array in ("39", "39", "40"):
        assert start(tmp_path, array) == "COMPLETED"
    # The cluster has put it back into the queue once; array 40 was submitted although 39 was there.
    assert runs.read_text() == "run\n" * 2
    assert [path.name for path in (tmp_path / "claims").iterdir()] == ["0001"]


def test_a_task_that_is_ended_with_its_watcher_is_left_to_what_the_cluster_says(
    tmp_path: Path,
) -> None:
    unpack(tmp_path, "", "echo $$ > draft; mv draft pid; exec sleep 60")
    pid = tmp_path / "tasks" / "0001" / "pid"
    with subprocess.Popen(command(tmp_path), env=environment("39")) as watcher:
        wait_until(pid.exists, "the simulator")
        os.kill(int(pid.read_text()), signal.SIGTERM)
        time.sleep(0.3)
        watcher.terminate()
    assert state(tmp_path) == "RUNNING"


def test_a_simulator_that_is_ended_alone_has_failed(tmp_path: Path) -> None:
    unpack(tmp_path, "", "kill -KILL $$")
    assert start(tmp_path, "39") == "FAILED"
    said = json.loads((tmp_path / "status" / "0001.json").read_text())
    assert said["reason"].startswith("The simulator was ended by signal 9.")
