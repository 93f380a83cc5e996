"""How much work there is, for those who watch over the service."""

from collections.abc import Mapping

from application.ports.job_repository import StateCounts
from application.ports.task_queue import QueueName, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory


class CountWork:
    """Counts jobs and tasks by state, and the messages that wait in the queues."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, queue: TaskQueue) -> None:
        self._unit_of_work = unit_of_work
        self._queue = queue

    def states(self) -> StateCounts:
        """Count all jobs and tasks by state."""
        with self._unit_of_work(read_only=True) as work:
            return work.jobs.counts()

    def queues(self) -> Mapping[QueueName, int]:
        """Return how many messages wait in each queue."""
        return {name: self._queue.length(name) for name in QueueName}
