"""Start tasks by putting them in the queue of the workers."""

from collections.abc import Sequence

from application.ports.task_queue import MergeMessage, TaskMessage, TaskQueue
from domain.errors import QueueUnavailable
from domain.job import Job, Task
from domain.states import EntityState


class LocalProcessExecutor:
    """Executor port on the queue of the simulation workers."""

    def __init__(self, queue: TaskQueue) -> None:
        self._queue = queue

    def submit(self, job: Job) -> None:
        """Enqueue all tasks of a job at once; QueueUnavailable."""
        if not self._queue.enqueue_tasks(_messages(job, job.tasks)):
            raise QueueUnavailable("the queue can't be reached")

    def resubmit(self, job: Job, tasks: list[Task]) -> None:
        """Enqueue these tasks as the attempts they now have."""
        self._queue.enqueue_tasks(_messages(job, tasks))

    def cancel(self, job: Job) -> None:
        """Have what completed merged, or the files removed if nothing did.

        The workers learn from the answers to their reports that the job is over.
        """
        if any(task.state is EntityState.COMPLETED for task in job.tasks):
            self._queue.enqueue_merge(MergeMessage(job.ref, partial=True))
        else:
            self._queue.enqueue_cleanup(job.ref)


def _messages(job: Job, tasks: Sequence[Task]) -> list[TaskMessage]:
    return [TaskMessage(job.ref, task.index, task.attempt, task.turn or 0) for task in tasks]
