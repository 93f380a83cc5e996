"""Start tasks by putting them in the queue of the workers."""

from application.ports.task_queue import TaskMessage, TaskQueue
from domain.job import Job, Task


class LocalProcessExecutor:
    """Executor port on the queue of the simulation workers."""

    def __init__(self, queue: TaskQueue) -> None:
        self._queue = queue

    def submit(self, job: Job) -> None:
        """Enqueue all tasks of a job at once."""
        self.resubmit(job, list(job.tasks))

    def resubmit(self, job: Job, tasks: list[Task]) -> None:
        """Enqueue these tasks as the attempts they now have."""
        self._queue.enqueue_tasks(
            [TaskMessage(job.simulation_id, task.index, task.attempt) for task in tasks]
        )

    def cancel(self, job: Job) -> None:
        """Have the job's files removed; its workers learn from their reports that it is over."""
        self._queue.enqueue_cleanup(job.simulation_id)
