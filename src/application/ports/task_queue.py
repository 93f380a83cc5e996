"""The queues that carry work to the workers: ids, never payloads."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class QueueName(StrEnum):
    """The queues there are, one kind of work each."""

    SIMULATIONS = "simulations"
    HELPER = "helper"
    HELPER_SHORT = "helper-short"


@dataclass(frozen=True, slots=True)
class TaskMessage:
    """Run this attempt of this task."""

    simulation_id: int
    index: int
    attempt: int


@dataclass(frozen=True, slots=True)
class MergeMessage:
    """Merge the outputs of this simulation's completed tasks."""

    simulation_id: int


class TaskQueue(Protocol):
    """Puts messages where a worker takes them; a message may be lost or come twice."""

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> None:
        """Ask for these tasks to be run."""
        ...

    def enqueue_merge(self, message: MergeMessage) -> None:
        """Ask for a merge."""
        ...

    def enqueue_cleanup(self, simulation_id: int) -> None:
        """Ask for the task files of a simulation to be removed."""
        ...

    def length(self, queue: QueueName) -> int:
        """Return how many messages wait in a queue."""
        ...
