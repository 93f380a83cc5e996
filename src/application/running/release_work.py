"""Take back what a worker can't finish, and have it done by another at once."""

from application.ports.clock import Clock
from application.ports.task_queue import MergeMessage, TaskMessage, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.job import JobRef

MOST_LOSSES_BEFORE = 0
"""How often a task may have been lost that is run again although something killed its engine."""


class ReleaseWork:
    """Ends claims before their leases run out."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue
        self._clock = clock

    def task(self, message: TaskMessage, claim_id: str) -> None:
        """Let the task wait as its next attempt; nothing happens if the claim was lost."""
        self._release(message, claim_id, None)

    def lost_task(self, message: TaskMessage, claim_id: str) -> bool:
        """Let a task whose run was ended from outside wait as its next attempt, and count it.

        False when it was lost before: it would not fare better. Nor does it wait when the claim was
        lost.
        """
        return self._release(message, claim_id, MOST_LOSSES_BEFORE)

    def _release(self, message: TaskMessage, claim_id: str, most_losses: int | None) -> bool:
        with self._unit_of_work() as work:
            task = work.jobs.release_task(
                message.job.simulation_id,
                message.index,
                message.attempt,
                claim_id,
                self._clock.now(),
                most_losses,
            )
            work.commit()
        if task is None:
            return False
        again = TaskMessage(message.job, task.index, task.attempt, task.turn or 0)
        self._queue.enqueue_tasks([again])
        return True

    def merge(self, job: JobRef, claim_id: str) -> None:
        """Let another worker merge; nothing happens if the claim was lost."""
        with self._unit_of_work() as work:
            held = work.jobs.release_merge(job.simulation_id, claim_id, self._clock.now())
            work.commit()
        if held:
            self._queue.enqueue_merge(MergeMessage(job))
