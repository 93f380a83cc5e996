"""The real MCsquare with input that leads it out of its folder, past what our reading sees of it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from adapters.executors.local_process.confinement.coverage import Confine
from adapters.simulators.mcsquare.simulator import McSquare
from application.ports.process_runner import ProcessOutcome
from application.running.run_task import write_files
from tests.integration.confinement.conftest import Machine
from tests.unit.adapters.simulators.projects import water_box

LINE = 4095
"""Bytes that the engine reads at once: what stands behind them on a line is a line to it."""

Files = dict[str, bytes]


def image_by_a_blank(files: Files) -> None:
    """The engine takes a blank for `=` in an image's header."""
    key, _ = files["CT.mhd"].split(b"ElementDataFile")
    files["CT.mhd"] = key + b"ElementDataFile ../../../secret-key\n"
    del files["CT.raw"]


def image_by_another_header(files: Files) -> None:
    """It takes any file for a header, whatever its name."""
    header = files.pop("CT.mhd").replace(b"CT.raw", b"../../../secret-key")
    files["notes.txt"] = header
    files["config.txt"] = files["config.txt"].replace(b"CT_File CT.mhd", b"CT_File notes.txt")
    del files["CT.raw"]


def output_behind_a_comment(files: Files) -> None:
    """It ends a line where its buffer ends, and what follows is no comment any more."""
    comment = b"#".ljust(LINE, b" ")
    files["config.txt"] += comment + b"Output_Directory ../escaped\n"


READING = [image_by_a_blank, image_by_another_header]


@pytest.fixture
def run(simulators_dir: Path, machine: Machine) -> Callable[..., ProcessOutcome]:
    simulator = McSquare(simulators_dir)

    def run(tamper: Callable[[Files], None], confine: Confine) -> ProcessOutcome:
        project = simulator.convert(water_box(numberOfParticles=100)).files
        files = dict(simulator.task_files(project, 100, 1))
        # What the engine would take for an image, were it to read it.
        (machine.data / "secret-key").write_bytes(files["CT.raw"])
        tamper(files)
        write_files(machine.folder, files)
        with closing(machine.runner(confine)) as runner:
            command = simulator.command(machine.folder, 1)
            return runner.run(command, machine.folder, lambda _: True)

    return run


@pytest.mark.parametrize("tamper", READING)
def test_no_file_of_others_becomes_its_image(
    run: Callable[..., ProcessOutcome], machine: Machine, tamper: Callable[[Files], None]
) -> None:
    outcome = run(tamper, Confine.REQUIRED)
    assert outcome.exit_code != 0
    assert 'Unable to open "../../../secret-key"' in outcome.log
    assert not list(machine.folder.glob("Outputs/*.raw"))


@pytest.mark.parametrize("tamper", READING)
def test_without_confinement_it_does(
    run: Callable[..., ProcessOutcome], machine: Machine, tamper: Callable[[Files], None]
) -> None:
    assert run(tamper, Confine.OFF).exit_code == 0
    assert list(machine.folder.glob("Outputs/*.raw"))


def test_it_writes_nowhere_else(run: Callable[..., ProcessOutcome], machine: Machine) -> None:
    run(output_behind_a_comment, Confine.REQUIRED)
    assert {path.name for path in machine.folder.parent.iterdir()} == {"own", "other"}


def test_without_confinement_it_writes_beside_its_folder(
    run: Callable[..., ProcessOutcome], machine: Machine
) -> None:
    run(output_behind_a_comment, Confine.OFF)
    assert list(machine.folder.parent.glob("escaped/*"))
