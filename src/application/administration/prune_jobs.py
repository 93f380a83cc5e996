"""Forget old jobs, or what of them is no longer needed."""

from collections.abc import Sequence
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.job_overview import JobFilter, JobRecord
from application.ports.task_files import TaskFiles
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import UnknownSimulation


class PruneJobs:
    """Removes jobs that have been over for long, rows first and files after them.

    A stop in between leaves files without a job, which the sweep removes: never a job whose files
    are gone. One job is one transaction: a database that is being used is never locked for long.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, task_files: TaskFiles, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._task_files = task_files
        self._clock = clock

    def old(self, age: timedelta) -> Sequence[JobRecord]:
        """Return the jobs that ended longer than `age` ago, newest first."""
        wanted = JobFilter(ended_before=self._clock.now() - age)
        with self._unit_of_work(read_only=True) as work:
            return work.overview.find(wanted)

    def prune(self, record: JobRecord, keep_results: bool) -> bool:
        """Forget one job; say whether it was still there.

        With `keep_results` the job, its project and its results stay; logs and task outputs go,
        and input files that the project can make again.
        """
        key = record.simulation_id
        with self._unit_of_work() as work:
            try:
                job = work.jobs.by_simulation_id(key)
            except UnknownSimulation:
                return False
            if not job.state.is_terminal:
                return False
            if keep_results:
                work.overview.drop_details(key)
            else:
                work.jobs.remove(key)
            work.commit()
        self._task_files.remove(job.job_id)
        return True
