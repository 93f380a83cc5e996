"""Who may touch a job: its owner, nobody else."""

from application.ports.unit_of_work import UnitOfWork
from domain.errors import NotAllowed
from domain.job import Job


def owned_job(work: UnitOfWork, user_id: int, job_id: str) -> Job:
    """Return a user's own job; JobNotFound if there is none, NotAllowed if it is another's."""
    job = work.jobs.by_job_id(job_id)
    if job.user_id != user_id:
        raise NotAllowed("This job belongs to another user")
    return job
