"""Send work to the workers."""

from collections.abc import Sequence
from pathlib import Path

from adapters.queue.messages import MERGE_PRIORITY, declare_cleanup, declare_simulations
from adapters.queue.queues import make_queue
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage


class HueyTaskQueue:
    """TaskQueue port on Huey."""

    def __init__(self, folder: Path) -> None:
        self._queues = {name: make_queue(folder, name) for name in QueueName}
        simulations = self._queues[QueueName.SIMULATIONS]
        self._run_task, self._run_merge = declare_simulations(simulations)
        self._clean_up = declare_cleanup(self._queues[QueueName.HELPER_SHORT])

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> None:
        """Ask for these tasks to be run."""
        for message in messages:
            self._run_task(message.simulation_id, message.index, message.attempt)

    def enqueue_merge(self, message: MergeMessage) -> None:
        """Ask for a merge, ahead of the tasks that wait."""
        self._run_merge(message.simulation_id, priority=MERGE_PRIORITY)

    def enqueue_cleanup(self, simulation_id: int) -> None:
        """Ask for the task files of a simulation to be removed."""
        self._clean_up(simulation_id)

    def length(self, queue: QueueName) -> int:
        """Return how many messages wait in a queue."""
        return int(self._queues[queue].pending_count())
