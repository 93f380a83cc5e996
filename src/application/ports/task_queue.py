"""The queues that carry work to the workers: ids, never payloads."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from domain.job import JobRef


class QueueName(StrEnum):
    """The queues there are, one kind of work each."""

    SIMULATIONS = "simulations"
    HELPER = "helper"
    HELPER_SHORT = "helper-short"


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """Run this attempt of this task."""

    job: JobRef
    index: int
    attempt: int
    turn: int = field(default=0, compare=False)
    """Its place in the order between users: lower turns are served first."""


@dataclass(frozen=True, slots=True)
class MergeMessage:
    """Merge the outputs of this job's completed tasks; `partial` before it is over."""

    job: JobRef
    partial: bool = False


WaitingWork = Collection[TaskMessage | MergeMessage]


class TaskQueue(Protocol):
    """Puts messages where a worker takes them; a message may be lost or come twice.

    Putting never raises for a queue that can't be reached: it says False, and whoever looks for
    lost work puts the message again.
    """

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> bool:
        """Ask for these tasks to be run, in the order of their turns; all are put or none."""
        ...

    def enqueue_merge(self, message: MergeMessage) -> bool:
        """Ask for a merge, ahead of all tasks."""
        ...

    def enqueue_cleanup(self, job: JobRef) -> bool:
        """Ask for the task files of a job to be removed."""
        ...

    def enqueue_batch(self, job: JobRef) -> bool:
        """Ask for a batch job to be looked at: submitted to its cluster, or stopped there."""
        ...

    def length(self, queue: QueueName) -> int:
        """Return how many messages wait in a queue; QueueUnavailable."""
        ...

    def waiting_work(self) -> WaitingWork:
        """Return the tasks and merges that wait for a worker; QueueUnavailable."""
        ...
