"""What travels through the queues: the names of the work and the ids it is about."""

from collections.abc import Callable
from typing import Any

from application.ports.task_queue import MergeMessage, TaskMessage

RUN_TASK = "run_task"
MERGE_JOB = "merge_job"
CLEAN_UP = "clean_up"
ATTEND_BATCH = "attend_batch"

MERGE_PRIORITY = 10
"""A merge ends a job: it must not wait behind the tasks of later ones."""


def declare(huey: Any, name: str, handler: Callable[..., None]) -> Any:
    """Declare one kind of message on a queue, and what a worker does with it."""

    def handle(*ids: int) -> None:
        handler(*ids)

    handle.__name__ = name
    handle.__module__ = "yaptide"
    return huey.task(name=name)(handle)


def not_here(*ids: int) -> None:
    """Stand for the work in a process that only sends messages."""
    raise RuntimeError(f"a message {ids} was taken by a process that only sends")


def declare_simulations(
    huey: Any,
    run_task: Callable[[TaskMessage], None] | None = None,
    run_merge: Callable[[MergeMessage], None] | None = None,
) -> tuple[Any, Any]:
    """Declare the messages of the simulations queue."""
    on_task = not_here if run_task is None else lambda *ids: run_task(TaskMessage(*ids))
    on_merge = not_here if run_merge is None else lambda *ids: run_merge(MergeMessage(*ids))
    return declare(huey, RUN_TASK, on_task), declare(huey, MERGE_JOB, on_merge)


def declare_cleanup(huey: Any, clean_up: Callable[[int], None] | None = None) -> Any:
    """Declare the message that files are to be removed."""
    return declare(huey, CLEAN_UP, clean_up or not_here)


def declare_batch(huey: Any, attend: Callable[[int], None] | None = None) -> Any:
    """Declare the message that a batch job wants to be looked at."""
    return declare(huey, ATTEND_BATCH, attend or not_here)
