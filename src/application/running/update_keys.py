"""What the key of a job's workers opens, and for how long: one job, until it is over."""

from datetime import datetime, timedelta

from application.ports.clock import Clock
from application.ports.security import TokenIssuer, UpdateClaims
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from domain.errors import NotAllowed, NotAuthenticated
from domain.job import Job, JobRef
from domain.states import EntityState

LAST_WORDS = timedelta(minutes=10)
"""How long logs are taken that come behind the results, and copies of what ended the job."""

OF_CANCELLED = timedelta(hours=1)
"""How long workers are told that a job was cancelled, and may merge what had completed."""


class UpdateKeys:
    """Checks the keys with which workers and clusters report."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, tokens: TokenIssuer, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._clock = clock

    def claims(self, text: str) -> UpdateClaims:
        """Return what a key says; NotAllowed for one that we did not sign or that has expired."""
        try:
            return self._tokens.read_update_key(text)
        except NotAuthenticated as error:
            raise NotAllowed("update_key: is wrong or has expired") from error

    def job(self, key: UpdateClaims, *, last_words: bool = False) -> JobRef:
        """Return the job that a key opens.

        With `last_words` also for a while after its end. UnknownSimulation when the job is gone,
        NotAllowed when the number is another job's now, or when the job is over.
        """
        with self._unit_of_work(read_only=True) as work:
            return opened_job(work, key, self._clock.now(), last_words=last_words).ref


def opened_job(
    work: UnitOfWork, key: UpdateClaims, now: datetime, *, last_words: bool = False
) -> Job:
    """Return the job that a key opens, without its tasks; errors as those of `UpdateKeys.job`."""
    job = work.jobs.numbered(key.job.simulation_id)
    if not _made_for(key, job):
        raise NotAllowed("update_key: belongs to another simulation")
    if job.state.is_terminal and now - (job.end_time or now) > _grace(job, last_words):
        raise NotAllowed("update_key: the simulation is over, and its key with it")
    return job


def _made_for(key: UpdateClaims, job: Job) -> bool:
    """Say whether a key was made for a job; one without an id, for any that was there before it."""
    if key.job.job_id:
        return key.job.job_id == job.job_id
    return key.issued_by >= job.start_time


def _grace(job: Job, last_words: bool) -> timedelta:
    if job.state is EntityState.CANCELED:
        return OF_CANCELLED
    return LAST_WORDS if last_words else timedelta(-1)
