"""Send work to the workers."""

import logging
import sqlite3
from collections.abc import Callable, Collection, Sequence
from typing import Any

from redis.exceptions import RedisError

from adapters.queue.messages import (
    MERGE_JOB,
    MERGE_PRIORITY,
    RUN_TASK,
    declare_batch,
    declare_cleanup,
    declare_simulations,
    job_ids,
    merge_ids,
    merge_of,
    task_ids,
    task_of,
)
from adapters.queue.queues import make_queue
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage, WaitingWork
from domain.errors import QueueUnavailable
from domain.job import JobRef

AWAY = (RedisError, sqlite3.Error, OSError)

log = logging.getLogger(__name__)


class HueyTaskQueue:
    """TaskQueue port on Huey."""

    def __init__(self, address: str) -> None:
        self._queues = {name: make_queue(address, name) for name in QueueName}
        simulations = self._queues[QueueName.SIMULATIONS]
        self._run_task, self._run_merge = declare_simulations(simulations)
        self._clean_up = declare_cleanup(self._queues[QueueName.HELPER_SHORT])
        self._attend = declare_batch(self._queues[QueueName.HELPER])

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> bool:
        """Ask for these tasks to be run, all at once."""
        work = [self._run_task.s(*task_ids(item), priority=-item.turn) for item in messages]
        return self._send(QueueName.SIMULATIONS, work)

    def enqueue_merge(self, message: MergeMessage) -> bool:
        """Ask for a merge, ahead of the tasks that wait."""
        work = self._run_merge.s(*merge_ids(message), priority=MERGE_PRIORITY)
        return self._send(QueueName.SIMULATIONS, [work])

    def enqueue_cleanup(self, job: JobRef) -> bool:
        """Ask for the task files of a job to be removed."""
        return self._send(QueueName.HELPER_SHORT, [self._clean_up.s(*job_ids(job))])

    def enqueue_batch(self, job: JobRef) -> bool:
        """Ask for a batch job to be submitted to its cluster, or stopped there."""
        return self._send(QueueName.HELPER, [self._attend.s(*job_ids(job))])

    def length(self, queue: QueueName) -> int:
        """Return how many messages wait in a queue."""
        return int(_asked(self._queues[queue].pending_count))

    def waiting_work(self) -> WaitingWork:
        """Return the tasks and merges that wait for a worker."""
        huey = self._queues[QueueName.SIMULATIONS]
        found = [huey.serializer.deserialize(item) for item in _asked(huey.storage.enqueued_items)]
        tasks = [task_of(item.args) for item in _named(found, RUN_TASK)]
        merges = [merge_of(item.args) for item in _named(found, MERGE_JOB)]
        return frozenset(message for message in [*tasks, *merges] if message is not None)

    def _send(self, queue: QueueName, work: Sequence[Any]) -> bool:
        huey = self._queues[queue]
        messages = [(huey.serialize_task(item), item.priority or 0) for item in work]
        try:
            huey.storage.enqueue_many(messages)
        except AWAY as error:
            log.warning("%d messages could not be put into %s: %s", len(work), queue, error)
            return False
        return True


def _asked(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except AWAY as error:
        raise QueueUnavailable(f"the queue can't be reached: {error}") from error


def _named(messages: Collection[Any], name: str) -> list[Any]:
    return [item for item in messages if item.name.rpartition(".")[2] == name]
