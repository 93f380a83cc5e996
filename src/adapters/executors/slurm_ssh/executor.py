"""Start and stop batch jobs by asking the helper for it: clusters are slow, browsers don't wait."""

from application.ports.task_queue import TaskQueue
from domain.job import Job, Task


class SlurmExecutor:
    """Executor port for batch jobs; what the queue loses is found when the job is due."""

    def __init__(self, queue: TaskQueue) -> None:
        self._queue = queue

    def submit(self, job: Job) -> None:
        """Have the job submitted to its cluster."""
        self._queue.enqueue_batch(job.ref)

    def resubmit(self, job: Job, tasks: list[Task]) -> None:
        """Do nothing: the cluster itself starts lost elements again, or says that it won't."""

    def cancel(self, job: Job) -> None:
        """Have the job stopped on its cluster."""
        self._queue.enqueue_batch(job.ref)
