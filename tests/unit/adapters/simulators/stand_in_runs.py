"""Run a stand-in as a worker would, in a folder of its own."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from application.ports.simulator import Simulator, TaskOutput
from domain.errors import SimulationFailed
from domain.estimator import Estimator
from tests.waiting import LONGEST

PRIMARIES = 100


@dataclass(frozen=True)
class Done:
    """A run: its folder, its exit code and what it printed."""

    folder: Path
    code: int
    log: str


def run_task(simulator: Simulator, files: Mapping[str, bytes], folder: Path, seed: int) -> Done:
    """Run the task with this seed; it has as many hundreds of primaries."""
    folder.mkdir()
    for name, content in simulator.task_files(files, PRIMARIES * seed, seed).items():
        (folder / name).write_bytes(content)
    command = simulator.command(folder, seed)
    with (folder / "stdout.txt").open("wb") as stdout:
        done = subprocess.run(
            command.argv,
            cwd=folder,
            env={},
            stdout=stdout,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
        )
    return Done(folder, done.returncode, (folder / "stdout.txt").read_text())


def failure_of(simulator: Simulator, done: Done) -> str:
    """Return why a run is no good."""
    with pytest.raises(SimulationFailed) as failed:
        simulator.collect(done.folder, done.code, done.log)
    return str(failed.value)


def merged(
    simulator: Simulator, files: Mapping[str, bytes], tmp_path: Path, kept: Path
) -> list[Estimator]:
    """Run two tasks, keep only what they collect, and merge that."""
    outputs = []
    for seed in (1, 2):
        done = run_task(simulator, files, tmp_path / f"task{seed}", seed)
        folder = kept / str(seed)
        folder.mkdir(parents=True)
        for path in simulator.collect(done.folder, done.code, done.log):
            (folder / path.name).write_bytes(path.read_bytes())
        outputs.append(TaskOutput(folder, PRIMARIES * seed))
    return simulator.merge(outputs, files)


def weighted(first: float, second: float) -> float:
    """Return the mean of the two tasks' values by their primaries."""
    return (first + 2 * second) / 3


def pieces(text: str, sizes: list[int]) -> list[str]:
    """Cut a text into pieces of these sizes, again and again."""
    found, place, turn = [], 0, 0
    while place < len(text):
        size = sizes[turn % len(sizes)]
        found.append(text[place : place + size])
        place, turn = place + size, turn + 1
    return found
