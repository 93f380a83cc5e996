"""Merge the tasks of a job where they ran, exactly as they would be merged by our workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from application.ports.simulator import InputFiles, Simulator, TaskOutput
from application.task_outputs.checked_outputs import checked_outputs, run_logs
from application.task_outputs.task_logs import failure_logs, kept_logs
from domain.errors import SimulationFailed
from domain.estimator import Estimator


@dataclass(frozen=True, slots=True)
class RanTask:
    """A task whose run ended well, and the folder in which it ran."""

    index: int
    primaries: int
    folder: Path


@dataclass(frozen=True, slots=True)
class MergedInPlace:
    """What became of a job's tasks: `rejected` has the logs of those whose outputs are no good."""

    merged: Sequence[int]
    rejected: Mapping[int, Mapping[str, str]]
    logs: Mapping[str, str]
    estimators: Sequence[Estimator]


def merge_in_place(
    simulator: Simulator, files: InputFiles, tasks: Sequence[RanTask]
) -> MergedInPlace:
    """Check the outputs of each task and merge the good ones; no estimators if there are none.

    `files` is what the job was submitted with. SimulationFailed, InvalidInput or ValueError when
    they can't be merged.
    """
    with TemporaryDirectory() as name:
        good: list[int] = []
        outputs: list[TaskOutput] = []
        rejected: dict[int, Mapping[str, str]] = {}
        for task in tasks:
            try:
                kept = checked_outputs(simulator, task.index, task.folder)
            except SimulationFailed as error:
                paths = run_logs(simulator, task.folder)
                rejected[task.index] = failure_logs(task.index, str(error), paths)
                continue
            folder = _only(kept, Path(name) / f"{task.index:04d}")
            good.append(task.index)
            outputs.append(TaskOutput(folder, task.primaries))
        estimators = simulator.merge(outputs, files) if outputs else []
        logs = kept_logs([output.folder for output in outputs])
        return MergedInPlace(good, rejected, logs, estimators)


def _only(outputs: Sequence[Path], folder: Path) -> Path:
    """Return a folder with nothing but these files, as that of a task whose outputs were kept."""
    folder.mkdir()
    for path in outputs:
        (folder / path.name).symlink_to(path.resolve())
    return folder
