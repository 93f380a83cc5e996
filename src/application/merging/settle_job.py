"""Let a job follow its tasks once the last of them is over."""

from application.ports.clock import Clock
from application.ports.task_queue import MergeMessage, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.job import JobRef
from domain.states import EntityState

BEFORE_MERGING = frozenset({EntityState.UNKNOWN, EntityState.PENDING, EntityState.RUNNING})


class SettleJob:
    """Moves a job to what its tasks make of it, and asks for the merge exactly once.

    Comes after the change that ended a task: two tasks that end at the same moment can't see each
    other before both are kept, but the later of their settlings can. Tasks that are over stay so.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue
        self._clock = clock

    def __call__(self, job: JobRef, outputs_here: bool = False) -> None:
        """Settle a job; nothing happens while a task is not over, nor a second time.

        A batch job is merged by us only once its outputs are here: they come from the cluster
        after the last task is over.
        """
        with self._unit_of_work(read_only=True) as work:
            wanted = work.jobs.tally(job.simulation_id).settled_state()
            if wanted is None:
                return
            merges = wanted is EntityState.MERGING_QUEUED
            if merges and not outputs_here and work.batches.is_open(job.simulation_id):
                return
        with self._unit_of_work(one_change=True) as work:
            moved = work.jobs.move(job.simulation_id, wanted, self._clock.now(), BEFORE_MERGING)
            work.commit()
        if moved and wanted is EntityState.MERGING_QUEUED:
            self._queue.enqueue_merge(MergeMessage(job))
        elif moved:
            self._queue.enqueue_cleanup(job)
