"""Run a job again that failed or was cancelled."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.job_repository import JobInput
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from application.submission.announce_adaptation import conversion_logs
from application.submission.submit_job import new_job_id
from domain.errors import YaptideError
from domain.job import Job, Platform, Task
from domain.states import EntityState

RETRIED = frozenset({EntityState.FAILED, EntityState.CANCELED})


class NothingToRetry(YaptideError):
    """The job is not in a state, or no longer has what it takes, to be run again."""

    def __init__(self, job_id: str, reason: str) -> None:
        super().__init__(f"Job {job_id} can't be run again: {reason}")
        self.job_id = job_id


class RetryJob:
    """Submits the same input once more as a new job that names the old one.

    What is over stays over: the old job keeps its state, its logs and its partial results.
    Simulator, tasks, primaries and seeds are the same, so that a task which had completed completes
    as before.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        executor: Executor,
        clock: Clock,
        job_ids: Callable[[datetime, Platform], str] = new_job_id,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._executor = executor
        self._clock = clock
        self._job_ids = job_ids

    def __call__(self, job_id: str) -> Job:
        """Return the new job, stored and started; JobNotFound, NothingToRetry."""
        with self._unit_of_work() as work:
            old = work.jobs.by_job_id(job_id)
            kept = _input(work, old)
            stored = work.jobs.add(self._again(old), kept)
            work.results.add_logs(stored.simulation_id, conversion_logs(kept.adaptation))
            if old.platform is Platform.BATCH:
                _same_cluster(work, old, stored)
            work.commit()
        self._executor.submit(stored)
        return stored

    def _again(self, old: Job) -> Job:
        now = self._clock.now()
        return replace(
            old,
            job_id=self._job_ids(now, old.platform),
            start_time=now,
            tasks=[Task(task.index, task.requested_primaries) for task in old.tasks],
            state=EntityState.PENDING,
            end_time=None,
            simulation_id=0,
            version=0,
            retry_of=old.job_id,
        )


def _same_cluster(work: UnitOfWork, old: Job, new: Job) -> None:
    """Let a job run where the old one did, with the same options and its owner's certificate."""
    batch = work.batches.get(old.simulation_id)
    if batch is None:
        raise NothingToRetry(old.job_id, "nothing is known of its cluster any more")
    work.batches.add(new.simulation_id, batch.cluster.id, batch.options)


def _input(work: UnitOfWork, old: Job) -> JobInput:
    if old.state not in RETRIED:
        raise NothingToRetry(old.job_id, f"it is {old.state}, not FAILED or CANCELED")
    kept = work.jobs.input_of(old.simulation_id)
    if not kept.files:
        raise NothingToRetry(old.job_id, "its input files were pruned")
    return kept
