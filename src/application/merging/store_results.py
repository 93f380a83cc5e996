"""Keep what a merge produced, which ends the job."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from application.ports.clock import Clock
from application.ports.compressor import Compressor
from application.ports.result_repository import StoredEstimator
from application.ports.task_queue import TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.job import JobRef
from domain.states import EntityState

MERGE_LOG = "merge.log"


class StoreResults:
    """Stores results and ends the job in one transaction: COMPLETED means readable."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        compressor: Compressor,
        queue: TaskQueue,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._compressor = compressor
        self._queue = queue
        self._clock = clock

    def __call__(self, job: JobRef, estimators: Iterable[StoredEstimator]) -> None:
        """Store results; those of a job that has ended, such as a second copy, are ignored.

        Estimators are taken one by one, so that a generator may forget each as it goes.
        """
        ready, number = packed(estimators, self._compressor), job.simulation_id
        with self._unit_of_work() as work:
            work.jobs.sim_type_of(number)
            tally = work.jobs.tally(number)
            # The move holds the job until the commit: a second copy waits here, and then finds
            # that the job is over; so does whoever wants to remove it.
            if work.jobs.move(number, tally.merged_state(), self._clock.now()):
                work.results.store(number, ready)
                work.commit()
            elif work.jobs.keep_partial(number, work.jobs.tally(number).completed):
                # It was cancelled while it was merged: what was computed is kept all the same.
                work.results.store(number, ready)
                work.commit()
        self._queue.enqueue_cleanup(job)


class FailJob:
    """Ends a job that can't be merged, keeping the reason where the user finds it."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue
        self._clock = clock

    def __call__(self, job: JobRef, log: str) -> None:
        """Fail a job; one that is over stays as it is."""
        with self._unit_of_work() as work:
            if work.jobs.move(job.simulation_id, EntityState.FAILED, self._clock.now()):
                work.results.add_logs(job.simulation_id, {MERGE_LOG: log})
                work.commit()
        self._queue.enqueue_cleanup(job)


class AddLogs:
    """Keeps log files of tasks."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    def __call__(self, job: JobRef, logs: Mapping[str, str]) -> None:
        """Add log files by name to those of a job; UnknownSimulation."""
        with self._unit_of_work() as work:
            work.jobs.sim_type_of(job.simulation_id)
            work.results.add_logs(job.simulation_id, logs)
            work.commit()


def packed(estimators: Iterable[StoredEstimator], compressor: Compressor) -> list[StoredEstimator]:
    """Compress pages before a transaction begins, which others may wait for."""
    return [
        replace(
            item,
            pages=[replace(page, body=compressor.compress(page.body)) for page in item.pages],
        )
        for item in estimators
    ]
