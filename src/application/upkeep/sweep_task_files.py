"""Remove outputs that no merge will ever ask for."""

from datetime import timedelta

from application.merging.partial_results import completed_tasks
from application.ports.clock import Clock
from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import UnknownSimulation
from domain.states import EntityState

PATIENCE = timedelta(hours=1)
"""So long a cancelled job waits for the merge of what had completed."""


class SweepTaskFiles:
    """Finds files of jobs that are over or gone, such as those a late task left after a cleanup."""

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, task_files: TaskFiles, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._task_files = task_files
        self._clock = clock

    def __call__(self) -> None:
        """Look once at all files that are kept."""
        for simulation_id in self._task_files.simulations():
            if self._is_done_with(simulation_id):
                self._task_files.remove(simulation_id)

    def _is_done_with(self, simulation_id: int) -> bool:
        with self._unit_of_work(read_only=True) as work:
            try:
                job = work.jobs.by_simulation_id(simulation_id)
            except UnknownSimulation:
                return True
            covered = work.jobs.partial_tasks(simulation_id)
        if job.state is EntityState.CANCELED and covered < len(completed_tasks(job)):
            # A worker may be about to merge what had completed.
            return (job.end_time or job.start_time) < self._clock.now() - PATIENCE
        return job.state.is_terminal
