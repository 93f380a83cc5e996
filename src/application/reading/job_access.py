"""Who may touch a job: its owner, nobody else."""

from dataclasses import replace

from application.ports.unit_of_work import UnitOfWork
from domain.errors import JobNotFound, NotAllowed
from domain.job import Job

LONGEST_JOB_ID = 80

NOT_YOURS = (
    "This job belongs to another user. If it is yours, somebody else has signed in with this "
    "browser: reload the page to see who"
)
"""A tab that shows another name than the one its cookies are for finds that out here."""


def owned_head(work: UnitOfWork, user_id: int, job_id: str) -> Job:
    """Return a user's own job without its tasks; errors as those of `owned_job`."""
    # No job has such an id, and not every database could even be asked for it.
    if len(job_id) > LONGEST_JOB_ID or not job_id.isprintable():
        raise JobNotFound(job_id)
    job = work.jobs.head(job_id)
    if job.user_id != user_id:
        raise NotAllowed(NOT_YOURS)
    return job


def owned_job(work: UnitOfWork, user_id: int, job_id: str) -> Job:
    """Return a user's own job; JobNotFound if there is none, NotAllowed if it is another's."""
    return with_tasks(work, owned_head(work, user_id, job_id))


def with_tasks(work: UnitOfWork, head: Job) -> Job:
    """Return a job with its tasks; they may be newer than its version, never older."""
    return replace(head, tasks=work.jobs.tasks_of(head.simulation_id))
