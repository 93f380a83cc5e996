"""Real processes: followed, stopped with all their children, and never left behind."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
from domain.errors import SimulationFailed
from tests.integration.servers.process import Server, wait_until
from tests.waiting import LONGEST


@pytest.fixture
def runner() -> Iterator[LocalProcessRunner]:
    runner = LocalProcessRunner()
    yield runner
    runner.close()


def python(code: str) -> Command:
    return Command([sys.executable, "-I", "-c", code])


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def wait_until_gone(pids: list[int], seconds: float) -> None:
    wait_until(lambda: not any(map(lives, pids)), "the end of all", seconds=seconds)


def wait_for(path: Path, count: int) -> list[int]:
    def pids() -> list[int]:
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    wait_until(lambda: len(pids()) >= count, f"{count} processes in {path}")
    return pids()


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
with open("pids", "w") as f: f.write(f"{os.getpid()} {child.pid}")
time.sleep(60)
"""


def test_output_is_followed_and_kept(runner: LocalProcessRunner, tmp_path: Path) -> None:
    seen: list[str] = []
    code = "import sys, time\nfor i in range(3): print('zażółć', i, flush=True); time.sleep(0.3)"
    command = Command([sys.executable, "-X", "utf8", "-c", code])
    outcome = runner.run(command, tmp_path, lambda text: seen.append(text) is None)
    assert outcome.exit_code == 0
    assert "".join(seen) == outcome.log == "zażółć 0\nzażółć 1\nzażółć 2\n"
    assert len([text for text in seen if text]) > 1


def test_exit_codes_and_signals_are_told(runner: LocalProcessRunner, tmp_path: Path) -> None:
    assert runner.run(python("raise SystemExit(3)"), tmp_path, lambda _: True).exit_code == 3
    code = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    assert runner.run(python(code), tmp_path, lambda _: True).exit_code == -signal.SIGSEGV


def test_ends_are_told_where_the_system_has_no_file_for_them(
    runner: LocalProcessRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pidfd_open")
    assert runner.run(python("raise SystemExit(3)"), tmp_path, lambda _: True).exit_code == 3
    assert runner.run(python("import time; time.sleep(9)"), tmp_path, lambda _: False).stopped


def test_binary_output_does_no_harm(runner: LocalProcessRunner, tmp_path: Path) -> None:
    code = "import os; os.write(1, bytes(range(256)) * 1000)"
    outcome = runner.run(python(code), tmp_path, lambda _: True)
    assert len(outcome.log.encode()) >= 64_000


def test_a_flood_of_output_is_read_in_pieces(runner: LocalProcessRunner, tmp_path: Path) -> None:
    sizes: list[int] = []
    code = "import os\nfor _ in range(50): os.write(1, b'x' * (1 << 20))"
    outcome = runner.run(python(code), tmp_path, lambda text: sizes.append(len(text)) is None)
    assert sum(sizes) == 50 << 20
    assert max(sizes) <= 1 << 20
    assert len(outcome.log) == 64 << 10


def test_a_stubborn_family_is_ended(runner: LocalProcessRunner, tmp_path: Path) -> None:
    outcome = runner.run(python(STUBBORN), tmp_path, lambda _: not (tmp_path / "pids").exists())
    assert outcome.stopped
    wait_until_gone(wait_for(tmp_path / "pids", 2), 5)


def test_children_left_behind_by_a_good_end_are_ended(
    runner: LocalProcessRunner, tmp_path: Path
) -> None:
    outcome = runner.run(
        python(STUBBORN.removesuffix("time.sleep(60)\n")), tmp_path, lambda _: True
    )
    assert not outcome.stopped
    wait_until_gone(wait_for(tmp_path / "pids", 2), 5)


def test_an_error_of_the_watch_ends_the_run(runner: LocalProcessRunner, tmp_path: Path) -> None:
    def watch(_: str) -> bool:
        if (tmp_path / "pids").exists():
            raise ZeroDivisionError
        return True

    with pytest.raises(ZeroDivisionError):
        runner.run(python(STUBBORN), tmp_path, watch)
    wait_until_gone(wait_for(tmp_path / "pids", 2), 5)


def test_a_simulator_sees_none_of_our_environment(
    runner: LocalProcessRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "not to be seen")
    command = Command([sys.executable, "-c", "import os; print(dict(os.environ))"], {"OWN": "1"})
    log = runner.run(command, tmp_path, lambda _: True).log
    assert "not to be seen" not in log
    assert "'OWN': '1'" in log


def test_a_program_that_is_not_there_is_a_failed_simulation(
    runner: LocalProcessRunner, tmp_path: Path
) -> None:
    with pytest.raises(SimulationFailed, match="nothing-there could not be started"):
        runner.run(Command(["/nothing-there"]), tmp_path, lambda _: True)


def test_a_killed_worker_leaves_no_simulator_behind(tmp_path: Path) -> None:
    worker = f"""
from pathlib import Path
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
LocalProcessRunner().run(Command([{sys.executable!r}, "-c", {STUBBORN!r}]), Path({str(tmp_path)!r}),
                         lambda _: True)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    started = Server([sys.executable, "-c", worker], tmp_path / "worker.log", environment)
    try:
        pids = wait_for(tmp_path / "pids", 2)
    finally:
        started.tell(signal.SIGKILL)
    started.process.wait(LONGEST)
    wait_until_gone(pids, 3)
