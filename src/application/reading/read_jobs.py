"""Show a user's jobs: a list of them, one with its tasks, what it was submitted with."""

from collections.abc import Callable, Mapping, Sequence

from application.ports.job_repository import JobInput, JobOutline, JobQuery
from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head, owned_job, with_tasks
from domain.errors import NotFound
from domain.job import Job


class ReadJobs:
    """Answers what a user may know of the own jobs; writes nothing."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    def status(self, user_id: int, job_id: str) -> Job:
        """Return a job with its tasks."""
        with self._unit_of_work(read_only=True) as work:
            return owned_job(work, user_id, job_id)

    def news(self, user_id: int, job_id: str, is_known: Callable[[int], bool]) -> Job | None:
        """Return a job with its tasks, None without reading them if its version is known."""
        with self._unit_of_work(read_only=True) as work:
            head = owned_head(work, user_id, job_id)
            return None if is_known(head.version) else with_tasks(work, head)

    def outlines(self, user_id: int, query: JobQuery) -> tuple[Sequence[JobOutline], int]:
        """Return one page of a user's jobs and the number of all that fit the query."""
        with self._unit_of_work(read_only=True) as work:
            return work.jobs.outlines(user_id, query)

    def head(self, user_id: int, job_id: str) -> Job:
        """Return a job without its tasks."""
        with self._unit_of_work(read_only=True) as work:
            return owned_head(work, user_id, job_id)

    def input(self, user_id: int, job_id: str) -> tuple[Job, JobInput]:
        """Return a job, without its tasks, and what it was submitted with."""
        with self._unit_of_work(read_only=True) as work:
            job = owned_head(work, user_id, job_id)
            return job, work.jobs.input_of(job.simulation_id)

    def logs(self, user_id: int, job_id: str) -> Mapping[str, str]:
        """Return the logs of a job by name; NotFound when there are none."""
        with self._unit_of_work(read_only=True) as work:
            job = owned_head(work, user_id, job_id)
            logs = work.results.logs(job.simulation_id)
        if not logs:
            raise NotFound("This job has no log files")
        return logs
