"""What the completed tasks of a job scored, before the job is over or after it was cancelled.

A worker merges them, as it does at the end: the API only asks for it and keeps what comes. Tasks
that have completed stay so, which is why their number says which results are the newer ones.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from application.merging.store_results import packed
from application.ports.backend import CompletedTask, MergeOrder
from application.ports.clock import Clock
from application.ports.compressor import Compressor
from application.ports.result_repository import StoredEstimator
from application.ports.task_queue import MergeMessage, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from application.reading.job_access import owned_head
from domain.errors import NotFound
from domain.job import Job, JobRef, Platform
from domain.states import EntityState

SECONDS_BETWEEN_MERGES = 10
"""One job is merged no more often than that, however often it is looked at."""

KEPT_IN = frozenset(EntityState) - {EntityState.COMPLETED, EntityState.FAILED}


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the partial results of a job are: `covered` of `completed` of `tasks` tasks."""

    covered: int
    completed: int
    tasks: int
    over: bool


class AskForPartialResults:
    """Says how far partial results are, and has newer ones made when there is more to merge."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue
        self._clock = clock

    def __call__(self, user_id: int, job_id: str) -> Standing:
        """Return how far they are; NotFound while no task has completed."""
        with self._unit_of_work(read_only=True) as work:
            job = owned_head(work, user_id, job_id)
            tally = work.jobs.tally(job.simulation_id)
            covered = work.jobs.partial_tasks(job.simulation_id)
        completed = tally.completed
        standing = Standing(covered, completed, tally.counts.total(), job.state.is_terminal)
        if not standing.over:
            _check(job, completed)
            if covered < completed:
                self._ask(job.ref, completed)
        return standing

    def _ask(self, job: JobRef, completed: int) -> None:
        now = self._clock.now()
        not_since = now - timedelta(seconds=SECONDS_BETWEEN_MERGES)
        with self._unit_of_work() as work:
            asked = work.jobs.ask_for_partial(job.simulation_id, completed, now, not_since)
            work.commit()
        if asked:
            self._queue.enqueue_merge(MergeMessage(job, partial=True))


class PartialMerges:
    """Tells a worker which tasks to merge, and keeps what came of it."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        compressor: Compressor,
        queue: TaskQueue,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._compressor = compressor
        self._queue = queue

    def order(self, job: JobRef) -> MergeOrder | None:
        """Return what to merge, None if there is nothing new or nobody needs it any more."""
        with self._unit_of_work(read_only=True) as work:
            found = work.jobs.by_simulation_id(job.simulation_id)
            tasks = completed_tasks(found)
            covered = work.jobs.partial_tasks(job.simulation_id)
            if found.state not in KEPT_IN or covered >= len(tasks):
                return None
            files = work.jobs.input_of(job.simulation_id).files
        return MergeOrder(found.sim_type, files, tasks, 0.0)

    def keep(self, job: JobRef, tasks: int, estimators: Iterable[StoredEstimator]) -> None:
        """Store the results of `tasks` completed tasks unless there are newer or final ones."""
        ready = packed(estimators, self._compressor)
        with self._unit_of_work() as work:
            state = work.jobs.by_simulation_id(job.simulation_id).state
            if work.jobs.keep_partial(job.simulation_id, tasks):
                work.results.store(job.simulation_id, ready)
                work.commit()
        if state is EntityState.CANCELED:
            self._queue.enqueue_cleanup(job)


def completed_tasks(job: Job) -> list[CompletedTask]:
    """Return the tasks whose outputs take part in a merge."""
    return [
        CompletedTask(task.index, task.attempt, task.simulated_primaries)
        for task in job.tasks
        if task.state is EntityState.COMPLETED
    ]


def _check(job: Job, completed: int) -> None:
    if job.platform is not Platform.DIRECT:
        raise NotFound("partial: results of jobs on clusters are shown once the job is over")
    if not completed:
        raise NotFound("partial: no task of this job has completed yet")
