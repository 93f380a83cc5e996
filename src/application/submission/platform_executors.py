"""Which executor a job belongs to."""

from collections.abc import Mapping

from application.ports.executor import Executor
from domain.job import Job, Platform, Task


class PlatformExecutors:
    """Executor port over the executors of all platforms."""

    def __init__(self, executors: Mapping[Platform, Executor]) -> None:
        self._executors = executors

    def submit(self, job: Job) -> None:
        """Start all tasks of a stored job where it belongs."""
        self._executors[job.platform].submit(job)

    def resubmit(self, job: Job, tasks: list[Task]) -> None:
        """Start these tasks of a job once more."""
        self._executors[job.platform].resubmit(job, tasks)

    def cancel(self, job: Job) -> None:
        """Stop what runs of a job that was cancelled."""
        self._executors[job.platform].cancel(job)
