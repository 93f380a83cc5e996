"""A simulator gets no more than it may have, and sees nothing of ours."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.process_runner import ProcessOutcome
from application.ports.simulator import Command
from domain.errors import SimulationFailed
from tests.integration.servers.process import wait_until

Run = Callable[[str, Limits], ProcessOutcome]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    runners = []

    def run(code: str, limits: Limits) -> ProcessOutcome:
        runners.append(LocalProcessRunner(limits))
        command = Command([sys.executable, "-I", "-c", code])
        return runners[-1].run(command, tmp_path, lambda text: True)

    yield run
    for runner in runners:
        runner.close()


# The limits are set from outside, a moment after the start.
READY = (
    "import resource, time\nwhile resource.getrlimit(resource.RLIMIT_CORE)[1]: time.sleep(.01)\n"
)


def test_memory(run: Run) -> None:
    hog = READY + "blocks = [bytearray(1 << 20) for _ in range({})]; print('has it')"
    outcome = run(hog.format(2000), Limits(memory=300))
    assert outcome.exit_code != 0
    assert "MemoryError" in outcome.log
    assert "has it" in run(hog.format(100), Limits(memory=300)).log


def test_address_space_that_is_only_reserved_does_not_count(run: Run) -> None:
    code = READY + (
        "import mmap\nm = mmap.mmap(-1, 8 << 30, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 0)\n"
        "print('reserved')"
    )
    assert "reserved" in run(code, Limits(memory=300)).log


def test_size_of_files(run: Run) -> None:
    code = READY + "open('big', 'wb').write(bytes(5 << 20))"
    assert run(code, Limits(file_size=2)).exit_code != 0
    assert run(code, Limits(file_size=20)).exit_code == 0


def test_open_files(run: Run) -> None:
    code = READY + "files = [open('/dev/null') for _ in range(200)]"
    outcome = run(code, Limits(open_files=100))
    assert outcome.exit_code != 0
    assert "Too many open files" in outcome.log


def test_processes(run: Run, tmp_path: Path) -> None:
    code = (
        "import subprocess, time\n"
        "children = [subprocess.Popen(['sleep', '60']) for _ in range(30)]\n"
        "open('pids', 'w').write(' '.join(str(c.pid) for c in children))\ntime.sleep(60)"
    )
    with pytest.raises(SimulationFailed, match="more than 10 processes"):
        run(code, Limits(processes=10))
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 30
    wait_until(lambda: not any(runs(pid) for pid in pids), "the end of all", seconds=20)


def runs(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_time(run: Run) -> None:
    with pytest.raises(SimulationFailed, match="ran longer than"):
        run("import time; time.sleep(60)", Limits(seconds=0.36))


def test_no_secret_of_ours_is_in_its_environment(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "SECRET_KEY_PREVIOUS", "DATABASE_URL", "QUEUE_URL", "S3_SECRET_KEY"):
        monkeypatch.setenv(name, "the secret itself")
    outcome = run("import os; print(sorted(os.environ))", Limits())
    assert "PATH" in outcome.log
    assert "SECRET" not in outcome.log
    assert "URL" not in outcome.log
    assert "the secret itself" in os.environ.values()


def test_no_core_is_dumped(run: Run, tmp_path: Path) -> None:
    assert run(READY + "import os; os.abort()", Limits()).exit_code == -6
    assert not list(tmp_path.glob("core*"))


HELD = "block = bytearray(100 << 20); block[::4096] = bytes(len(block[::4096]))"
"""Takes 100 MiB, and never more on the way."""

FAMILY = """
import mmap, os, time
{before}
for _ in range({children}):
    if os.fork() == 0:
        {own}
        break
time.sleep(4)
"""


def test_memory_of_all_processes_together(run: Run) -> None:
    code = FAMILY.format(before="", children=4, own=HELD)
    with pytest.raises(SimulationFailed, match="took more than 300 MiB of memory together"):
        run(code, Limits(memory=300))
    assert run(code, Limits(memory=600)).exit_code == 0


def test_memory_that_a_fork_shares_counts_once(run: Run) -> None:
    code = FAMILY.format(before=HELD, children=4, own="pass")
    assert run(code, Limits(memory=300)).exit_code == 0


def test_memory_in_maps_that_processes_share_counts(run: Run) -> None:
    before = "m = mmap.mmap(-1, 400 << 20)\nfor at in range(0, len(m), 4096): m[at] = 1"
    with pytest.raises(SimulationFailed, match="took more than 300 MiB of memory together"):
        run(FAMILY.format(before=before, children=0, own="pass"), Limits(memory=300))


def test_what_leaves_its_group_counts_too(run: Run) -> None:
    code = FAMILY.format(before="", children=12, own="os.setsid()")
    with pytest.raises(SimulationFailed, match="more than 10 processes"):
        run(code, Limits(processes=10))
