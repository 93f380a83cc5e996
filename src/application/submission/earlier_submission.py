"""Submissions that are repeated with the same key: the same job answers them all."""

from application.ports.job_repository import SubmissionKey
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import SubmissionKeyReused
from domain.job import Job


def earlier_submission(
    unit_of_work: UnitOfWorkFactory, user_id: int, key: SubmissionKey | None
) -> Job | None:
    """Return the job, without its tasks, that a user submitted with `key`, None if there is none.

    SubmissionKeyReused when something else was submitted with it.
    """
    if key is None:
        return None
    with unit_of_work(read_only=True) as work:
        found = work.jobs.submitted_with(user_id, key.text)
    if found is None:
        return None
    job, digest = found
    if digest != key.digest:
        raise SubmissionKeyReused
    return job
