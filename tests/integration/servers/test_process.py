"""Programs that fail, die or hang: what they printed is shown, and they are gone."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.servers import process
from tests.integration.servers.process import ProgramFailed, Server, run, wait_until
from tests.locations import ROOT

FOREVER = 10_000.0
"""Seconds: a test that waited for so long would hang, so it noticed what it was to notice."""


def lives(pid_file: Path) -> bool:
    try:
        stat = Path(f"/proc/{pid_file.read_text().strip()}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def started() -> Iterator[list[Server]]:
    """Return a list whose servers are ended."""
    servers: list[Server] = []
    yield servers
    for server in servers:
        server.kill()


def shell(folder: Path, script: str) -> Server:
    return Server(["sh", "-c", script], folder / "server.log", cwd=folder)


def test_a_run_returns_what_was_printed() -> None:
    done = run(["sh", "-c", "cat; echo zażółć; echo more >&2; exit 3"], entered="in ", check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("in zażółć\n", "more\n", 3)


def test_a_run_that_fails_shows_all_it_said_and_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "its.log"
    log.write_text("of an earlier run\n")
    script = f"echo said; echo complained >&2; seq 1000 >> {log}; exit 7"
    with pytest.raises(ProgramFailed) as failed:
        run(["sh", "-c", script], logs=[log])
    shown = str(failed.value).splitlines()
    assert shown[0] == "ended with exit code 7"
    assert {"said", "complained", "1000", "990"} <= set(shown)
    assert "of an earlier run" not in shown
    assert "10" not in shown, "the beginning of a long log"


def test_a_run_that_is_killed_says_by_what() -> None:
    with pytest.raises(ProgramFailed, match="ended by signal 9"):
        run(["sh", "-c", "kill -9 $$"])


def test_a_run_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "sleep 600 & echo $! > child; echo $$ > parent; echo almost there; wait"
    with pytest.raises(ProgramFailed, match="almost there") as failed:
        run(["sh", "-c", script], seconds=0.5, cwd=tmp_path)
    assert "not within 0.5 s" in str(failed.value)
    wait_until(lambda: not lives(tmp_path / "parent") and not lives(tmp_path / "child"), "the end")


def test_a_run_that_prints_is_not_given_up(tmp_path: Path) -> None:
    script = "for word in a b c d e f; do sleep 0.4; echo $word; done"
    assert run(["sh", "-c", script], seconds=1.5).stdout.split() == list("abcdef")


def test_a_run_that_computes_is_not_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.integration.servers.printed.STEP_SECONDS", 0.1)
    # It does not end by itself before it has had a second of processor time.
    script = "import time\nwhile time.process_time() < 1: pass\nprint('done')"
    assert run([sys.executable, "-c", script], seconds=0.6).stdout == "done\n"


def test_a_server_that_ends_at_its_start_is_noticed_at_once(tmp_path: Path) -> None:
    server = shell(tmp_path, "echo no such port; echo really >&2; exit 4")
    with pytest.raises(ProgramFailed, match="ended with exit code 4") as failed:
        server.ready_when(lambda: False, seconds=FOREVER, longest=FOREVER)
    assert "no such port\nreally" in str(failed.value)


def test_a_server_that_hangs_at_its_start_is_shown_and_ended(tmp_path: Path) -> None:
    server = shell(tmp_path, "echo $$ > pid; echo thinking; sleep 600")
    with pytest.raises(ProgramFailed, match="thinking"):
        server.ready_when(lambda: False, seconds=0.5)
    assert not lives(tmp_path / "pid")


def test_the_ends_of_all_logs_of_a_server_are_shown_under_their_names(tmp_path: Path) -> None:
    log, more = tmp_path / "server.log", tmp_path / "more.log"
    script = f"seq 1000; seq 2000 > {more}; exit 1"
    server = Server(["sh", "-c", script], log, None, [more])
    with pytest.raises(ProgramFailed) as failed:
        server.ready_when(lambda: False, seconds=FOREVER, longest=FOREVER)
    first, _, second = str(failed.value).partition(f"--- {more}:\n...\n")
    assert f"--- {log}:\n...\n" in first
    assert first.endswith("\n999\n1000\n")
    assert second.endswith("\n1999\n2000")


def test_a_server_that_dies_later_ends_whatever_is_waited_for(
    tmp_path: Path, started: list[Server]
) -> None:
    started.append(shell(tmp_path, "until [ -e go ]; do sleep 0.05; done; echo my disk; exit 5"))
    asked: list[int] = []

    def never() -> bool:
        asked.append(1)
        if len(asked) == 3:
            (tmp_path / "go").touch()
        return False

    with pytest.raises(ProgramFailed, match=r"exit code 5\n.*\nmy disk"):
        wait_until(never, "a job", seconds=FOREVER, longest=FOREVER)
    # Once is enough: tests that come later are not to blame.
    wait_until(lambda: True)


def test_a_server_that_was_told_to_end_has_not_died(tmp_path: Path, started: list[Server]) -> None:
    for _ in range(3):
        started.append(shell(tmp_path, "sleep 600"))
    started[0].stop()
    started[1].kill()
    started[2].tell(signal.SIGTERM)
    wait_until(lambda: not any(server.runs for server in started), "the end of all")


def test_what_a_server_that_dies_leaves_behind_is_ended(tmp_path: Path) -> None:
    server = shell(tmp_path, "sleep 600 & echo $! > child; exit 1")
    with pytest.raises(ProgramFailed):
        server.ready_when(lambda: False, seconds=FOREVER, longest=FOREVER)
    wait_until(lambda: not lives(tmp_path / "child"), "the end of its child")


def test_whoever_has_the_number_of_a_server_that_has_ended_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = shell(tmp_path, "exit 0")
    server.process.wait()
    signalled: list[int] = []
    monkeypatch.setattr(os, "killpg", lambda pid, _: signalled.append(pid))
    server.kill()
    server.stop()
    assert not server.runs
    assert not signalled


def test_the_exit_code_of_a_server_is_returned(tmp_path: Path) -> None:
    server = shell(tmp_path, "trap 'exit 6' TERM; touch ready; while :; do sleep 0.05; done")
    server.ready_when((tmp_path / "ready").exists)
    assert server.stop() == 6


def test_a_server_that_does_not_care_is_ended_by_force(tmp_path: Path) -> None:
    server = shell(tmp_path, "trap '' TERM; touch ready; while :; do sleep 0.05; done")
    server.ready_when((tmp_path / "ready").exists)
    assert server.stop(seconds=0.3) == -9


def test_a_test_that_fails_shows_what_servers_printed_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "test_it.py").write_text(f"""
import pytest
from pathlib import Path
from tests.integration.servers.process import Server

@pytest.fixture(scope="module")
def server():
    server = Server(["sh", "-c", "echo of the start; sleep 600"], Path({str(tmp_path)!r}, "log"))
    server.ready_when(lambda: "of the start" in server.log.read_text())
    yield server

def test_that_fails(server):
    assert 1 == 2

def test_another_that_fails(server):
    with server.log.open("a") as log:
        print("of the second test", file=log)
    assert 1 == 2
""")
    options = ["-p", "tests.integration.conftest", "-p", "no:cacheprovider", "-n", "0"]
    done = run(
        [sys.executable, "-m", "pytest", *options, "-c", ROOT / "pyproject.toml", tmp_path],
        check=False,
        cwd=ROOT,
    )
    first, _, second = done.stdout.partition("test_another_that_fails _")
    assert f"- sh: {tmp_path}/log -" in first, done.stdout
    assert "\nof the start\n" in first
    assert "\nof the start\n" not in second
    assert "\nof the second test\n" in second


def test_what_a_broken_off_session_left_running_is_ended_with_it(tmp_path: Path) -> None:
    code = f"""
from pathlib import Path
from tests.integration.servers.process import Server
Server(["sh", "-c", "echo $$ > pid; sleep 600"], Path("log"), cwd={str(tmp_path)!r})
while not Path({str(tmp_path)!r}, "pid").exists(): pass
raise SystemExit("broken off")
"""
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PATH": "/usr/bin:/bin"}
    done = run([sys.executable, "-c", code], check=False, env=environment, cwd=tmp_path)
    assert "broken off" in done.stderr
    assert not lives(tmp_path / "pid")


def test_a_free_port_is_none_of_those_that_connections_get() -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    found = [process.free_port() for _ in range(50)]
    assert max(found) < lowest
    assert len(set(found)) > 40
