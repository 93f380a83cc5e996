"""Nothing of a run outlives it, nor its worker, however it hides and whoever is killed first."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from adapters.executors.local_process.confinement.coverage import Confine
from adapters.executors.local_process.launching.process_tree import children
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
from tests.integration.servers.process import Server, wait_until
from tests.waiting import LONGEST

CONFINED = (Confine.REQUIRED, Confine.OFF)

FAMILY = """
import os, signal, sys, time

def live_on():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with open("pids", "a") as file:
        print(os.getpid(), file=file, flush=True)
    time.sleep(600)

def born(*steps):
    # Each step is a fork whose parent ends, but for the first; 0 begins a session of its own.
    if os.fork():
        return
    for step in steps:
        if step == 0:
            os.setsid()
        elif os.fork():
            os._exit(0)
    live_on()

born()
born(0)
born(0, 1)
born(1, 0, 1, 1)
"""
STAY = FAMILY + "live_on()"
LEAVE = FAMILY + "time.sleep(0.5)"
STAYING, LEFT = 5, 4
"""How many of them there are while the engine runs, and after it."""

HOPPERS = 20
HOPPING = """
import os, time
engine = os.getpid()
for _ in range(20):
    if os.fork() == 0:
        break
with open("pids", "a") as file:
    print(os.getpid(), file=file, flush=True)
while os.getpid() != engine:
    # The parent is gone before anybody can signal it, and the child goes on.
    if os.fork():
        os._exit(0)
time.sleep(600)
"""

WORKER = """
import sys
from pathlib import Path
from adapters.executors.local_process.confinement.coverage import Confine
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
runner = LocalProcessRunner(None, Confine(sys.argv[1]))
for folder in sys.argv[3:]:
    runner.run(Command([sys.executable, "-I", "-c", sys.argv[2]]), Path(folder), lambda _: True)
"""


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def family(folder: Path, count: int) -> list[int]:
    """Wait for the processes of a run that note their numbers, and return these."""
    noted = folder / "pids"
    wait_until(lambda: noted.exists() and len(noted.read_text().splitlines()) >= count)
    return [int(line) for line in noted.read_text().splitlines()]


def wait_gone(pids: list[int], seconds: float = 10) -> None:
    wait_until(lambda: not any(map(lives, pids)), f"end of {pids}", seconds=seconds)


def only_child(pid: int) -> int:
    wait_until(lambda: len(children(pid)) == 1)
    return children(pid)[0]


class Worker:
    """A process that runs engines, one after the other in these folders."""

    def __init__(self, confine: Confine, *folders: Path) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        argv = [sys.executable, "-c", WORKER, confine.value, STAY, *folders]
        self.server = Server(argv, folders[0].with_name("worker.log"), environment)

    @property
    def launcher(self) -> int:
        return only_child(self.server.process.pid)

    def kill(self) -> None:
        """End the worker alone: what becomes of its engines is what tests are about."""
        self.server.tell(signal.SIGKILL)
        self.server.process.wait(LONGEST)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "run"
    made.mkdir()
    yield made
    # A test that fails must not leave them to others.
    for line in (made / "pids").read_text().splitlines():
        with suppress(ProcessLookupError):
            os.kill(int(line), signal.SIGKILL)


@pytest.mark.parametrize("confine", CONFINED)
def test_a_killed_worker_takes_all_along(confine: Confine, folder: Path) -> None:
    worker = Worker(confine, folder)
    pids = family(folder, STAYING)
    assert all(map(lives, pids))
    worker.kill()
    wait_gone(pids)


@pytest.mark.parametrize("confine", CONFINED)
def test_so_it_does_when_its_launcher_was_killed_before(confine: Confine, folder: Path) -> None:
    worker = Worker(confine, folder)
    pids = family(folder, STAYING)
    os.kill(worker.launcher, signal.SIGKILL)
    time.sleep(0.5)
    assert all(map(lives, pids))
    worker.kill()
    wait_gone(pids)


@pytest.mark.parametrize("confine", CONFINED)
def test_and_when_all_its_launchers_were(confine: Confine, folder: Path, tmp_path: Path) -> None:
    second = tmp_path / "second"
    second.mkdir()
    worker = Worker(confine, folder, second)
    pids = family(folder, STAYING)
    os.kill(worker.launcher, signal.SIGKILL)
    # Its first run ends, and the next needs another launcher.
    os.kill(pids[-1], signal.SIGKILL)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    more = family(second, STAYING)
    wait_gone(pids)
    worker.kill()
    wait_gone(more)


@pytest.mark.parametrize("confine", CONFINED)
def test_a_killed_keeper_takes_its_run_along_and_no_other(confine: Confine, folder: Path) -> None:
    with closing(LocalProcessRunner(None, confine)) as runner:
        found: list[int] = []

        def watch(_: str) -> bool:
            if not found and (folder / "pids").exists():
                found.extend(family(folder, STAYING))
                os.kill(parent_of_session(found), signal.SIGKILL)
            return True

        command = Command([sys.executable, "-I", "-c", STAY])
        outcome = runner.run(command, folder, watch)
        assert (outcome.exit_code, outcome.stopped) == (-signal.SIGKILL, False)
        assert outcome.killed
        wait_gone(found)
        good = runner.run(Command(["/bin/true"]), folder, lambda _: True)
        assert good.exit_code == 0


def parent_of_session(pids: list[int]) -> int:
    """Return the keeper of a run: the parent of its engine, which others of the run are not."""
    parents = {
        int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]) for pid in pids
    }
    (keeper,) = parents - set(pids)
    return keeper


@pytest.mark.parametrize("confine", CONFINED)
def test_a_keeper_that_stands_still_is_no_shelter(confine: Confine, folder: Path) -> None:
    worker = Worker(confine, folder)
    pids = family(folder, STAYING)
    keeper = parent_of_session(pids)
    os.kill(keeper, signal.SIGSTOP)
    worker.kill()
    wait_gone([*pids, keeper], 20)


@pytest.mark.parametrize("confine", CONFINED)
def test_what_an_engine_leaves_behind_ends_with_it(confine: Confine, folder: Path) -> None:
    with closing(LocalProcessRunner(None, confine)) as runner:
        command = Command([sys.executable, "-I", "-c", LEAVE])
        outcome = runner.run(command, folder, lambda _: True)
    pids = family(folder, LEFT)
    assert outcome.exit_code == 0
    assert not any(map(lives, pids))


@pytest.mark.parametrize("confine", CONFINED)
def test_processes_that_hop_on_by_forks_are_caught(confine: Confine, folder: Path) -> None:
    with closing(LocalProcessRunner(None, confine)) as runner:
        command = Command([sys.executable, "-I", "-c", HOPPING])
        noted = folder / "pids"

        def watch(_: str) -> bool:
            return not noted.exists() or len(noted.read_text().splitlines()) < HOPPERS

        assert runner.run(command, folder, watch).stopped
        assert below(folder) == []


def below(folder: Path) -> list[str]:
    """Return the processes whose working folder this is."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and (entry / "cwd").readlink() == folder:
                found.append(entry.name)
    return found
