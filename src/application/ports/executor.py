"""Where the tasks of a job are run."""

from typing import Protocol

from domain.job import Job, Task


class Executor(Protocol):
    """Starts and stops the tasks of jobs on one platform."""

    def submit(self, job: Job) -> None:
        """Start all tasks of a stored job; called after the commit that made it visible.

        QueueUnavailable when they can't be started yet: they will be as soon as it is back.
        """
        ...

    def resubmit(self, job: Job, tasks: list[Task]) -> None:
        """Start these tasks of a job once more, as the attempts they now have."""
        ...

    def cancel(self, job: Job) -> None:
        """Stop what runs of a job that was cancelled; called after the commit that says so."""
        ...
