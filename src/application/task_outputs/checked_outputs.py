"""Look at what a run has left: on our own workers, and on a cluster in the same way."""

from collections.abc import Collection
from pathlib import Path

from application.ports.simulator import Simulator
from application.task_outputs.task_logs import with_logs

OUTPUT = "yaptide_output.log"
"""The file in which the watcher keeps what the simulator wrote to its terminal."""


def collected_outputs(
    simulator: Simulator, index: int, folder: Path, exit_code: int, log: str
) -> list[Path]:
    """Return the outputs of a run on this host, and its logs; SimulationFailed if they are bad."""
    outputs = simulator.collect(folder, exit_code, log)
    return list(with_logs(index, outputs, simulator.log_files(folder), folder))


def checked_outputs(simulator: Simulator, index: int, folder: Path) -> list[Path]:
    """Return the outputs of a run that ended well, and its logs; SimulationFailed if they are bad.

    `folder` holds what the run left and its input.
    """
    log = folder / OUTPUT
    text = log.read_text(errors="replace") if log.is_file() else ""
    outputs = simulator.collect(folder, 0, text)
    return list(with_logs(index, outputs, run_logs(simulator, folder), folder))


def run_logs(simulator: Simulator, folder: Path) -> Collection[Path]:
    """Return the log that the watcher keeps, which may be the simulator's own, and its others."""
    return dict.fromkeys([folder / OUTPUT, *simulator.log_files(folder)])
