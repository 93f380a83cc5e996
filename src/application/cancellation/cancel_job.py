"""Stop a job that is no longer wanted."""

from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head, with_tasks
from domain.job import Job


class CancelJob:
    """Cancels a job with all its tasks; the workers learn it from the answer to a report."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, executor: Executor, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._executor = executor
        self._clock = clock

    def __call__(self, user_id: int, job_id: str) -> Job:
        """Cancel a user's job and return it; one that is over stays as it is."""
        with self._unit_of_work() as work:
            job = owned_head(work, user_id, job_id)
            canceled = work.jobs.cancel(job.simulation_id, self._clock.now())
            work.commit()
            job = with_tasks(work, work.jobs.head(job_id))
        if canceled:
            self._executor.cancel(job)
        return job
