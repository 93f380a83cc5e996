"""A machine in miniature: a worker's data, its processes and sockets, and a run in the middle."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.executors.local_process.confinement.coverage import Confine, coverage_here
from adapters.executors.local_process.confinement.places import Places
from adapters.executors.local_process.runner import LocalProcessRunner
from tests.integration.servers.process import missing

SECRET = "the secret itself, forty characters long"
MQ_OPEN = {"x86_64": 240, "aarch64": 180}


@pytest.fixture(autouse=True)
def confinable() -> None:
    """Do without these tests where the kernel lacks what they are about."""
    coverage = coverage_here(Confine.AVAILABLE)
    if not coverage.confines or coverage.gaps:
        missing(f"no full confinement on this kernel: {coverage.sentence()}")


@dataclass(frozen=True)
class Machine:
    """Where everything is; `folder` is that of the run."""

    data: Path
    folder: Path
    other: Path
    installation: Path
    worker: int

    def runner(self, confine: Confine, *reads: Path) -> LocalProcessRunner:
        """Return a runner as a worker makes it for this machine."""
        return LocalProcessRunner(None, confine, Places(reads, [self.data]))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    data = tmp_path / "data"
    work = data / "work" / "1"
    made = Machine(data, work / "own", work / "other", tmp_path / "simulators" / "engine", 0)
    for folder in (made.folder, made.other, made.installation, tmp_path / "temporary"):
        folder.mkdir(parents=True)
    for path in (
        data / "secret-key",
        data / "yaptide.sqlite",
        made.other / "input.txt",
        made.other / "to-be-removed",
        made.other / "to-be-emptied",
        made.installation / "data.txt",
    ):
        path.write_text(SECRET)
        path.chmod(0o600)
        os.utime(path, (1000, 1000))
    # Stands for the worker, so that nothing is done to this process.
    with subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={"SECRET_KEY": SECRET}
    ) as process:
        yield Machine(made.data, made.folder, made.other, made.installation, process.pid)
        process.kill()


@pytest.fixture
def targets(machine: Machine, tmp_path: Path) -> Iterator[dict[str, Any]]:
    """What a hostile program is told to get at; somebody listens at every address."""
    local, datagrams = tmp_path / "socket", tmp_path / "datagrams"
    abstract = f"yaptide-test-{os.getpid()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        closing(socket.socket(socket.AF_UNIX)) as local_listener,
        closing(socket.socket(socket.AF_UNIX)) as abstract_listener,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as datagram_listener,
    ):
        local_listener.bind(str(local))
        abstract_listener.bind("\0" + abstract)
        datagram_listener.bind(str(datagrams))
        local_listener.listen()
        abstract_listener.listen()
        threading.Thread(target=_answer, args=(tcp,), daemon=True).start()
        yield {
            "secret": str(machine.data / "secret-key"),
            "database": str(machine.data / "yaptide.sqlite"),
            "other": str(machine.other),
            "installation": str(machine.installation),
            "temporary": str(tmp_path / "temporary"),
            "worker": machine.worker,
            "tcp": tcp.getsockname()[1],
            "local": str(local),
            "abstract": abstract,
            "datagrams": str(datagrams),
            "mq_open": MQ_OPEN.get(os.uname().machine, 240),
        }


def _answer(listener: socket.socket) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            connection.recv(100)
            connection.sendall(b"+PONG\r\n")
