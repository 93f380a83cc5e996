"""Forget a job that is over."""

from application.ports.task_queue import TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head
from domain.errors import JobStillOnCluster, JobStillRunning


class RemoveJob:
    """Removes a job with its results, logs and files."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue

    def __call__(self, user_id: int, job_id: str) -> None:
        """Remove a user's job; JobStillRunning while it is not over, here or on a cluster."""
        with self._unit_of_work() as work:
            job = owned_head(work, user_id, job_id)
            if not job.state.is_terminal:
                raise JobStillRunning(job_id)
            if work.batches.is_open(job.simulation_id):
                raise JobStillOnCluster(job_id)
            work.jobs.remove(job.simulation_id)
            work.commit()
        self._queue.enqueue_cleanup(job.ref)
