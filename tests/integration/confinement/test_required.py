"""What is said and done where the kernel confines engines, and where it can't.

A kernel without Landlock is one that answers its system calls as an older one: a filter does that.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.servers.process import run
from tests.integration.service.service import environment
from tests.locations import TESTS
from tests.simulator_stand_ins.installing import install

WITHOUT_LANDLOCK = """
import ctypes, os, struct, sys
code = b"".join(
    struct.pack("<HBBI", *item)
    for item in (
        (0x20, 0, 0, 0),                # the number of the call
        (0x35, 0, 2, 444),              # landlock_create_ruleset and the two
        (0x25, 1, 0, 446),              # that follow it
        (0x06, 0, 0, 0x00050000 | 38),  # ENOSYS
        (0x06, 0, 0, 0x7FFF0000),       # all others are let through
    )
)
kept = ctypes.create_string_buffer(code, len(code))
class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, ctypes.byref(Program(5, ctypes.addressof(kept))), 0, 0) == 0
os.execv(sys.executable, [sys.executable, "-m", "entrypoints", *sys.argv[1:]])
"""
NO_LANDLOCK = "this kernel has no Landlock"
CONFINED = "engines are confined to their own files by Landlock (ABI "


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    install("shieldhit", tmp_path / "simulators")
    return environment(tmp_path / "data", tmp_path / "simulators")


def yaptide(
    settings: dict[str, str], *arguments: str, landlock: bool = True, **changes: str
) -> "subprocess.CompletedProcess[str]":
    start = ["-m", "entrypoints"] if landlock else ["-c", WITHOUT_LANDLOCK]
    return run(
        [sys.executable, *start, *arguments],
        check=False,
        env={**settings, **changes},
        cwd=Path(settings["DATA_DIR"]).parent,
    )


def files(settings: dict[str, str]) -> str:
    """Return a folder of input files for the stand-in."""
    folder = Path(settings["DATA_DIR"]).parent / "input"
    folder.mkdir()
    for path in (TESTS / "data" / "simulators" / "shieldhit" / "input").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return str(folder)


def test_a_worker_that_must_confine_and_can_not_does_not_start(settings: dict[str, str]) -> None:
    done = yaptide(settings, "worker", "simulations", landlock=False, CONFINE_SIMULATORS="required")
    assert done.returncode == 1
    assert f"CONFINE_SIMULATORS: is required, but engines are not confined: {NO_LANDLOCK}" in (
        done.stderr
    )
    assert "available" in done.stderr
    assert "worker ready" not in done.stderr + done.stdout


def test_a_run_in_the_terminal_is_refused_as_well(settings: dict[str, str]) -> None:
    done = yaptide(settings, "run", files(settings), landlock=False, CONFINE_SIMULATORS="required")
    assert done.returncode == 1
    assert NO_LANDLOCK in done.stderr
    assert not list(Path(settings["DATA_DIR"]).glob("*-results"))


def test_one_that_may_do_without_says_so_and_runs(settings: dict[str, str]) -> None:
    done = yaptide(settings, "run", files(settings), "--tasks", "2", landlock=False)
    assert done.returncode == 0, done.stderr
    assert f"engines are not confined: {NO_LANDLOCK}" in done.stdout


def test_a_confined_run_says_nothing_of_it(settings: dict[str, str]) -> None:
    done = yaptide(settings, "run", files(settings), "--tasks", "2", CONFINE_SIMULATORS="required")
    assert done.returncode == 0, done.stderr
    assert "confined" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("landlock", "confine", "verdict", "said"),
    [
        (True, "required", "ok", CONFINED),
        (True, "available", "ok", CONFINED),
        (True, "off", "skipped", "CONFINE_SIMULATORS is off"),
        (False, "required", "failed", NO_LANDLOCK),
        (False, "available", "warning", NO_LANDLOCK),
        (False, "off", "skipped", "CONFINE_SIMULATORS is off"),
    ],
)
def test_doctor_and_the_list_of_simulators_say_what_holds_here(
    settings: dict[str, str], landlock: bool, confine: str, verdict: str, said: str
) -> None:
    own = {"landlock": landlock, "CONFINE_SIMULATORS": confine}
    found: dict[str, Any] = {
        item["check"]: item
        for item in json.loads(yaptide(settings, "doctor", "--json", **own).stdout)  # type: ignore[arg-type]
    }
    finding = found["confinement"]
    assert (finding["verdict"], said in finding["message"]) == (verdict, True), finding
    listed = yaptide(settings, "simulators", "list", **own)  # type: ignore[arg-type]
    assert listed.returncode == 0, listed.stderr
    assert said in listed.stdout.splitlines()[-1]
    rows = json.loads(yaptide(settings, "simulators", "list", "--json", **own).stdout)  # type: ignore[arg-type]
    assert all(said in row["confinement"] for row in rows)
    version = next(row["version"] for row in rows if row["simulator"] == "shieldhit")
    # Where no engine may be run none is asked.
    assert (version == "unknown") == (verdict == "failed")
