"""Take back what a worker that stops can't finish, and have it done by another at once."""

from application.ports.clock import Clock
from application.ports.task_queue import MergeMessage, TaskMessage, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory


class ReleaseWork:
    """Ends claims before their leases run out; this does not count as a loss of the work."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue
        self._clock = clock

    def task(self, message: TaskMessage, claim_id: str) -> None:
        """Let the task wait as its next attempt; nothing happens if the claim was lost."""
        with self._unit_of_work() as work:
            task = work.jobs.release_task(
                message.simulation_id, message.index, message.attempt, claim_id, self._clock.now()
            )
            work.commit()
        if task is not None:
            again = TaskMessage(message.simulation_id, task.index, task.attempt, task.turn or 0)
            self._queue.enqueue_tasks([again])

    def merge(self, simulation_id: int, claim_id: str) -> None:
        """Let another worker merge; nothing happens if the claim was lost."""
        with self._unit_of_work() as work:
            held = work.jobs.release_merge(simulation_id, claim_id, self._clock.now())
            work.commit()
        if held:
            self._queue.enqueue_merge(MergeMessage(simulation_id))
