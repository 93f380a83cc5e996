"""Remove outputs that no merge will ever ask for."""

from datetime import timedelta

from application.merging.partial_results import completed_tasks
from application.ports.clock import Clock
from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from domain.errors import JobNotFound, UnknownSimulation
from domain.job import Job
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
        for name in self._task_files.kept():
            if self._is_done_with(name):
                self._task_files.remove(name)

    def _is_done_with(self, name: str) -> bool:
        with self._unit_of_work(read_only=True) as work:
            try:
                job = _job_of(work, name)
            except (JobNotFound, UnknownSimulation):
                return True
            covered = work.jobs.partial_tasks(job.simulation_id)
        if job.state is EntityState.CANCELED and covered < len(completed_tasks(job)):
            # A worker may be about to merge what had completed.
            return (job.end_time or job.start_time) < self._clock.now() - PATIENCE
        return job.state.is_terminal


def _job_of(work: UnitOfWork, name: str) -> Job:
    """Return the job whose files lie under a name: its id, in a version before its number."""
    return work.jobs.by_simulation_id(int(name)) if name.isdecimal() else work.jobs.by_job_id(name)
