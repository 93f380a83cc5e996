"""Jobs of all users, looked after by those who run the service."""

from collections.abc import Mapping, Sequence

from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.ports.job_overview import JobFilter, JobRecord
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import NotFound
from domain.job import Job, Task


class TaskNotFound(NotFound):
    """A job has no task of this number."""

    def __init__(self, job_id: str, index: int) -> None:
        super().__init__(f"Job {job_id} has no task {index}")
        self.job_id = job_id
        self.index = index


class AdministerJobs:
    """Shows, stops and removes any job: in its owner's name, by the same use cases."""

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, cancel: CancelJob, remove: RemoveJob
    ) -> None:
        self._unit_of_work = unit_of_work
        self._cancel = cancel
        self._remove = remove

    def find(self, wanted: JobFilter) -> Sequence[JobRecord]:
        """Return the jobs that fit, newest first."""
        with self._unit_of_work(read_only=True) as work:
            return work.overview.find(wanted)

    def job(self, job_id: str) -> Job:
        """Return a job with its tasks; JobNotFound."""
        with self._unit_of_work(read_only=True) as work:
            return work.jobs.by_job_id(job_id)

    def owner(self, job: Job) -> str:
        """Return the name of a job's owner."""
        with self._unit_of_work(read_only=True) as work:
            user = work.users.by_id(job.user_id)
        return user.username if user else ""

    def task(self, job_id: str, index: int) -> tuple[Task, Mapping[str, str]]:
        """Return one task and its logs by name; JobNotFound, TaskNotFound."""
        with self._unit_of_work(read_only=True) as work:
            job = work.jobs.by_job_id(job_id)
            logs = work.results.logs(job.simulation_id)
        for task in job.tasks:
            if task.index == index:
                prefix = f"task_{index:04d}_"
                return task, {name: text for name, text in logs.items() if name.startswith(prefix)}
        raise TaskNotFound(job_id, index)

    def logs(self, job_id: str) -> Mapping[str, str]:
        """Return all logs of a job by name; JobNotFound."""
        with self._unit_of_work(read_only=True) as work:
            job = work.jobs.by_job_id(job_id)
            return work.results.logs(job.simulation_id)

    def cancel(self, job_id: str) -> tuple[Job, bool]:
        """Cancel a job; return it and whether it was not over already. JobNotFound."""
        before = self.job(job_id)
        after = self._cancel(before.user_id, job_id)
        return after, not before.state.is_terminal

    def remove(self, job_id: str) -> None:
        """Remove a job with all it has; JobNotFound, JobStillRunning."""
        self._remove(self.job(job_id).user_id, job_id)
