"""What travels through the queues: the names of the work and what it is about, never more.

A message names its job by number and by id, so that it does nothing to a job that has the same
number in another database. Messages of a version before have the number alone. They are dropped:
whoever looks for lost work finds what they asked for, and asks for it by name.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from application.ports.task_queue import MergeMessage, TaskMessage
from domain.job import JobRef

RUN_TASK = "run_task"
MERGE_JOB = "merge_job"
CLEAN_UP = "clean_up"
ATTEND_BATCH = "attend_batch"

MERGE_PRIORITY = 10
"""A merge ends a job: it must not wait behind the tasks of later ones."""

Ids = Sequence[Any]

log = logging.getLogger(__name__)


def task_ids(message: TaskMessage) -> Ids:
    """Return what a message to run a task holds."""
    return [message.job.simulation_id, message.index, message.attempt, message.job.job_id]


def merge_ids(message: MergeMessage) -> Ids:
    """Return what a message to merge a job holds."""
    return [message.job.simulation_id, message.partial, message.job.job_id]


def job_ids(job: JobRef) -> Ids:
    """Return what a message holds that is about a job and nothing more."""
    return [job.simulation_id, job.job_id]


def task_of(ids: Ids) -> TaskMessage | None:
    """Return the message to run a task; None for one that does not name its job."""
    match ids:
        case [int(number), int(index), int(attempt), str(job_id)]:
            return TaskMessage(JobRef(number, job_id), index, attempt)
    return None


def merge_of(ids: Ids) -> MergeMessage | None:
    """Return the message to merge a job; None for one that does not name its job."""
    match ids:
        case [int(number), bool(partial), str(job_id)]:
            return MergeMessage(JobRef(number, job_id), partial)
    return None


def job_of(ids: Ids) -> JobRef | None:
    """Return the job that a message is about; None for one that does not name it."""
    match ids:
        case [int(number), str(job_id)]:
            return JobRef(number, job_id)
    return None


def declare(huey: Any, name: str, handler: Callable[..., None]) -> Any:
    """Declare one kind of message on a queue, and what a worker does with it."""

    def handle(*ids: Any) -> None:
        handler(*ids)

    handle.__name__ = name
    handle.__module__ = "yaptide"
    return huey.task(name=name)(handle)


def not_here(*ids: Any) -> None:
    """Stand for the work in a process that only sends messages."""
    raise RuntimeError(f"a message {ids} was taken by a process that only sends")


def declare_simulations(
    huey: Any,
    run_task: Callable[[TaskMessage], None] | None = None,
    run_merge: Callable[[MergeMessage], None] | None = None,
) -> tuple[Any, Any]:
    """Declare the messages of the simulations queue."""
    return (
        declare(huey, RUN_TASK, _handler(task_of, run_task)),
        declare(huey, MERGE_JOB, _handler(merge_of, run_merge)),
    )


def declare_cleanup(huey: Any, clean_up: Callable[[JobRef], None] | None = None) -> Any:
    """Declare the message that files are to be removed."""
    return declare(huey, CLEAN_UP, _handler(job_of, clean_up))


def declare_batch(huey: Any, attend: Callable[[JobRef], None] | None = None) -> Any:
    """Declare the message that a batch job wants to be looked at."""
    return declare(huey, ATTEND_BATCH, _handler(job_of, attend))


def _handler(read: Callable[[Ids], Any], work: Callable[[Any], None] | None) -> Callable[..., None]:
    if work is None:
        return not_here

    def handle(*ids: Any) -> None:
        message = read(ids)
        if message is None:
            log.warning("a message %s of another version is dropped", ids)
            return
        work(message)

    return handle
