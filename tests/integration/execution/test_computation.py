"""Computing in processes of their own, which end when they take too much or are not wanted."""

import errno
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from adapters.executors.local_process.computation import ProcessComputation
from adapters.executors.local_process.confinement.landlock import supported_abi
from adapters.executors.local_process.confinement.places import LOOK, OWN
from adapters.executors.local_process.limits import Limits
from domain.errors import ComputationFailed, ComputationLost, ComputationUnwanted
from tests.contracts.computation import ComputationContract, always
from tests.integration.servers.process import Server, wait_until
from tests.locations import ROOT
from tests.waiting import LONGEST


@pytest.fixture
def computation() -> Iterator[ProcessComputation]:
    made = ProcessComputation(Limits(memory=256, seconds=30))
    yield made
    made.close()


class TestProcessComputation(ComputationContract):
    """The real one."""


def sleep_telling(path: Path) -> int:
    path.write_text(str(os.getpid()))
    time.sleep(600)
    return 0


def allocate(size: int) -> int:
    return len(bytearray(size))


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(path: Path) -> int:
    wait_until(lambda: path.exists() and path.read_text(), f"a number in {path}")
    return int(path.read_text())


def test_it_runs_in_another_process_that_is_used_again(computation: ProcessComputation) -> None:
    first = computation.run(os.getpid, int, always)
    assert first != os.getpid()
    assert computation.run(os.getpid, int, always) == first


def test_what_is_not_wanted_any_more_is_gone_within_five_seconds(
    computation: ProcessComputation, tmp_path: Path
) -> None:
    told = tmp_path / "pid"
    with pytest.raises(ComputationUnwanted):
        computation.run(partial(sleep_telling, told), int, lambda: not told.exists())
    assert not lives(int(told.read_text()))


def test_too_much_time_is_a_failure_that_says_so() -> None:
    computation = ProcessComputation(Limits(seconds=0.36))
    with pytest.raises(ComputationFailed, match=r"longer than 0\.0001 h"):
        computation.run(partial(time.sleep, 600), type(None), always)


def test_too_much_memory_is_a_failure_that_says_so(computation: ProcessComputation) -> None:
    assert computation.run(partial(allocate, 1 << 20), int, always) == 1 << 20
    with pytest.raises(ComputationFailed, match="more memory than it may take"):
        computation.run(partial(allocate, 1 << 30), int, always)


def test_a_process_that_is_killed_is_told_apart_and_replaced(
    computation: ProcessComputation, tmp_path: Path
) -> None:
    told = tmp_path / "pid"
    threading.Thread(target=lambda: os.kill(wait_for(told), signal.SIGKILL)).start()
    with pytest.raises(ComputationLost):
        computation.run(partial(sleep_telling, told), int, always)
    assert computation.run(partial(allocate, 8), int, always) == 8


def test_an_idle_process_that_is_killed_is_replaced(computation: ProcessComputation) -> None:
    os.kill(computation.run(os.getpid, int, always), signal.SIGKILL)
    time.sleep(0.05)
    assert computation.run(partial(allocate, 8), int, always) == 8


def test_several_threads_compute_at_once(computation: ProcessComputation, tmp_path: Path) -> None:
    pids: list[int] = []
    barrier = tmp_path / "both"

    def compute(number: int) -> None:
        pids.append(computation.run(partial(meet, barrier, number), int, always))

    threads = [threading.Thread(target=compute, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(pids)) == 2


def meet(barrier: Path, number: int) -> int:
    barrier.mkdir(exist_ok=True)
    (barrier / str(number)).touch()
    while len(list(barrier.iterdir())) < 2:
        time.sleep(0.01)
    return os.getpid()


def test_it_knows_nothing_of_the_environment_of_its_worker(
    computation: ProcessComputation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "x" * 32)
    fresh = ProcessComputation(Limits())
    assert fresh.run(partial(os.getenv, "SECRET_KEY", "nothing"), str, always) == "nothing"
    fresh.close()


def read_text(path: Path) -> str:
    return path.read_text()


def write_text(path: Path, text: str) -> int:
    return path.write_text(text)


@pytest.mark.skipif(not supported_abi(), reason="this kernel has no Landlock")
def test_it_reaches_what_it_computes_with_and_nothing_else(tmp_path: Path) -> None:
    own, kept, secret = tmp_path / "work", tmp_path / "task-files", tmp_path / "secret-key"
    for folder in (own, kept):
        folder.mkdir()
    (kept / "out").write_text("7")
    secret.write_text("x")
    places = [(str(own), OWN), (str(kept), LOOK)]
    confined = ProcessComputation(Limits(), (), places, supported_abi())
    assert confined.run(partial(read_text, kept / "out"), str, always) == "7"
    assert confined.run(partial(write_text, own / "out", "abc"), int, always) == 3
    (own / "link").symlink_to(secret)
    attempts: list[Callable[[], object]] = [
        partial(read_text, secret),
        partial(read_text, own / "link"),
        partial(read_text, Path(f"/proc/{os.getpid()}/environ")),
        partial(write_text, tmp_path / "beside", "x"),
        partial(write_text, kept / "out", "8"),
        partial(os.kill, os.getpid(), 0),
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:
        attempts.append(partial(connected, server.getsockname()[1]))
        for attempt in attempts:
            # What is refused is an OSError, with the number of "not permitted" or "denied".
            with pytest.raises(OSError, match="ermi") as refused:
                confined.run(attempt, object, always)
            assert refused.value.errno in (errno.EACCES, errno.EPERM)
    confined.close()


def connected(port: int) -> bool:
    socket.create_connection(("127.0.0.1", port), 5).close()
    return True


WORKER = """
import sys
from functools import partial
from pathlib import Path
from adapters.executors.local_process.computation import ProcessComputation
from adapters.executors.local_process.confinement.landlock import supported_abi
from adapters.executors.local_process.confinement.places import LOOK, OWN
from adapters.executors.local_process.limits import Limits
from tests.integration.execution.test_computation import sleep_telling
ProcessComputation(Limits()).run(partial(sleep_telling, Path(sys.argv[1])), int, lambda: True)
"""


def test_it_dies_with_its_worker(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    worker = Server([sys.executable, "-c", WORKER, told], tmp_path / "worker.log", environment)
    try:
        pid = wait_for(told)
    finally:
        worker.tell(signal.SIGKILL)
    worker.process.wait(LONGEST)
    wait_until(lambda: not lives(pid), "its end", seconds=5)
