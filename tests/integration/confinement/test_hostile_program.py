"""Whatever a program that runs as an engine tries, it reaches nothing but its own."""

import json
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.executors.local_process.confinement.coverage import Confine
from application.ports.simulator import Command
from tests.integration.confinement import hostile
from tests.integration.confinement.conftest import SECRET, Machine

REFUSALS = {"EACCES", "EPERM", "EXDEV", "ENOSYS"}


def attempts(machine: Machine, targets: dict[str, Any], confine: Confine) -> dict[str, str]:
    """Run the hostile program as an engine that is installed, and return what it says."""
    program = machine.installation / "hostile.py"
    program.write_text(Path(hostile.__file__).read_text())
    command = Command([sys.executable, "-I", str(program), json.dumps(targets)])
    with closing(machine.runner(confine)) as runner:
        outcome = runner.run(command, machine.folder, lambda _: True)
    assert outcome.exit_code == 0, outcome.log
    found: dict[str, str] = json.loads(outcome.log)
    assert set(found) == set(hostile.ATTEMPTS)
    return found


@pytest.fixture
def confined(machine: Machine, targets: dict[str, Any]) -> Iterator[dict[str, str]]:
    yield attempts(machine, targets, Confine.REQUIRED)


def test_every_attempt_is_refused(confined: dict[str, str], machine: Machine) -> None:
    assert {name: found for name, found in confined.items() if found not in REFUSALS} == {}
    outside = machine.folder.parent
    assert {path.name for path in outside.iterdir()} == {"own", "other"}
    assert {path.name for path in machine.other.iterdir()} == {
        "input.txt", "to-be-removed", "to-be-emptied",
    }  # fmt: skip
    for path in (machine.other / "to-be-emptied", machine.installation / "data.txt"):
        assert path.read_text() == SECRET
    assert not list((machine.data.parent / "temporary").iterdir())


def test_modes_owners_and_times_elsewhere_stay_as_they_are(
    confined: dict[str, str], machine: Machine
) -> None:
    found = (machine.data / "secret-key").stat()
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_mtime == 1000
    assert os.listxattr(machine.data / "secret-key") == []


def test_nothing_is_left_in_the_folder_that_leads_a_reader_out(
    confined: dict[str, str], machine: Machine
) -> None:
    left = {path.name for path in machine.folder.iterdir()}
    assert {"stdout.txt", "moved", "linked", "own-true"} <= left
    assert not {"link", "hard", "way-out"} & left


def test_without_confinement_every_attempt_succeeds(
    machine: Machine, targets: dict[str, Any]
) -> None:
    """Else the others would prove nothing."""
    found = attempts(machine, targets, Confine.OFF)
    failed = {name: said for name, said in found.items() if not said.startswith("done")}
    if os.getuid() != 0:
        # A system may let nobody look into others' memory, whoever they belong to.
        for name in ("open_the_memory_of_the_worker", "trace_the_worker"):
            failed.pop(name, None)
    assert failed == {}
    assert SECRET in found["read_the_secret_key"]
    assert SECRET in found["read_the_environment_of_the_worker"]
    assert "PONG" in found["connect_to_redis"]
    secret = machine.data / "secret-key"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o777
