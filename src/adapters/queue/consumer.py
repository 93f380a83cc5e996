"""Take work from a queue until told to stop, and stop without losing any."""

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType
from typing import Any

from huey.consumer import Consumer

from adapters.queue.messages import declare_batch, declare_cleanup, declare_simulations
from adapters.queue.queues import make_queue
from adapters.queue.worker_thread import WorkerThread
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage
from domain.job import JobRef

# Huey's SQLite storage has to be asked again and again: these bounds keep the wait for a message
# under a fiftieth of a second while an idle worker costs next to nothing. Redis tells by itself.
FIRST_DELAY = 0.002
LONGEST_DELAY = 0.02
BACKOFF = 1.3
HEALTH_SECONDS = 10.0

SCHEDULE_SECONDS = 60
"""How often Huey looks for messages that are due later. We have none; 60 is the most it takes."""

BATCH_THREADS = 4
"""A login node that hangs holds up one submission, not all."""

HAND_BACK_SECONDS = 15.0
"""How long handing work back may take once the grace is over."""


@dataclass(frozen=True, slots=True)
class Drain:
    """How to stop: running work has `grace_seconds` to end, then `hand_back` is told to stop it."""

    grace_seconds: float
    hand_back: Callable[[], None]


def consume_simulations(
    address: str,
    threads: int,
    run_task: Callable[[TaskMessage], None],
    run_merge: Callable[[MergeMessage], None],
    drain: Drain,
) -> None:
    """Run tasks and merges in `threads` threads until SIGINT or SIGTERM, then drain.

    A second signal ends the process at once.
    """
    huey = make_queue(address, QueueName.SIMULATIONS)
    declare_simulations(huey, run_task, run_merge)
    _consume({huey: threads}, drain)


def consume_helpers(
    address: str,
    clean_up: Callable[[JobRef], None],
    attend_batch: Callable[[JobRef], None],
    drain: Drain,
) -> None:
    """Clean up after simulations and look after batch jobs until SIGINT or SIGTERM."""
    short, long = make_queue(address, QueueName.HELPER_SHORT), make_queue(address, QueueName.HELPER)
    declare_cleanup(short, clean_up)
    declare_batch(long, attend_batch)
    _consume({short: 1, long: BATCH_THREADS}, drain)


class _Consumer(Consumer):  # type: ignore[misc]
    """Huey's consumer with threads of ours and without its signals, which drop running work."""

    worker_class = WorkerThread

    def _set_signal_handlers(self) -> None:
        """Leave the signals to us."""

    def ended_within(self, seconds: float) -> bool:
        """Wait until no thread works any more, for at most `seconds`."""
        deadline = time.monotonic() + seconds
        for _, thread in self.worker_threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for _, thread in self.worker_threads)


def _consume(queues: Mapping[Any, int], drain: Drain) -> None:
    asked = _StopSignal()
    consumers = [_consumer(huey, threads) for huey, threads in queues.items()]
    for consumer in consumers:
        consumer.start()
    while not asked.received.wait(HEALTH_SECONDS):
        for consumer in consumers:
            consumer.check_worker_health()
    for consumer in consumers:
        consumer.stop_flag.set()
    ended = _ended_within(consumers, drain.grace_seconds)
    drain.hand_back()
    if not ended:
        _ended_within(consumers, HAND_BACK_SECONDS)


def _ended_within(consumers: Sequence[_Consumer], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    ended = [item.ended_within(max(0.0, deadline - time.monotonic())) for item in consumers]
    return all(ended)


def _consumer(huey: Any, threads: int) -> _Consumer:
    return _Consumer(
        huey,
        workers=threads,
        worker_type="thread",
        periodic=False,
        initial_delay=FIRST_DELAY,
        max_delay=LONGEST_DELAY,
        backoff=BACKOFF,
        scheduler_interval=SCHEDULE_SECONDS,
    )


class _StopSignal:
    """Notes the first signal; ends the process at the second."""

    def __init__(self) -> None:
        self.received = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.received.is_set():
            os._exit(128 + number)
        self.received.set()
