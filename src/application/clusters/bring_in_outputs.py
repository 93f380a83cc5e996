"""Bring the outputs of a batch job from its cluster to where the merge finds them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from application.ports.batch_clusters import Account, BatchClusters, RemoteJob
from application.ports.computation import Computation
from application.ports.simulator import InputFiles, Simulator
from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from application.running.run_task import write_files
from application.simulators.catalog import SimulatorCatalog
from application.task_outputs.checked_outputs import checked_outputs, run_logs
from application.task_outputs.task_logs import failure_logs
from domain.errors import SimulationFailed
from domain.job import Job, Task


@dataclass(frozen=True, slots=True)
class Rejected:
    """A task whose outputs are missing or no good, and what its user is shown of that."""

    task: Task
    logs: Mapping[str, str]


class BringInOutputs:
    """Fetches outputs and checks them as those of our own workers are checked."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        simulators: SimulatorCatalog,
        task_files: TaskFiles,
        computation: Computation,
        work_dir: Path,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._simulators = simulators
        self._task_files = task_files
        self._computation = computation
        self._work_dir = work_dir

    def __call__(
        self, account: Account, job: Job, remote: RemoteJob, tasks: Sequence[Task]
    ) -> Sequence[Rejected]:
        """Keep the outputs of `tasks`, which have completed; return those that have none to keep.

        ClusterRefused when nothing can be had of any of them.
        """
        with self._unit_of_work(read_only=True) as work:
            files = work.jobs.input_of(job.simulation_id).files
        simulator = self._simulators.named(job.sim_type)
        self._work_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._work_dir) as name:
            folder = Path(name)
            self._clusters.fetch(account, remote, folder)
            if not all(_place(folder, task).is_dir() for task in tasks):
                # A node's files may have reached the collect job late: they are there by now.
                self._clusters.fetch(account, remote, folder, repack=True)
            kept = (self._keep(job, simulator, files, task, _place(folder, task)) for task in tasks)
            return [rejected for rejected in kept if rejected is not None]

    def _keep(
        self, job: Job, simulator: Simulator, files: InputFiles, task: Task, folder: Path
    ) -> Rejected | None:
        try:
            if not folder.is_dir():
                raise SimulationFailed("The outputs of this task did not arrive from the cluster")
            own = simulator.task_files(files, task.requested_primaries, task.seed)
            left = {file.name for file in folder.iterdir()}
            write_files(folder, {name: own[name] for name in own if name not in left})
            outputs = self._computation.run(
                partial(checked_outputs, simulator, task.index, folder), list[Path], lambda: True
            )
        except SimulationFailed as error:
            logs = run_logs(simulator, folder)
            return Rejected(task, failure_logs(task.index, str(error), logs))
        self._task_files.put(job.ref, task.index, task.attempt, outputs)
        return None


def _place(folder: Path, task: Task) -> Path:
    return folder / f"{task.index:04d}"
