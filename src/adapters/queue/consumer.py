"""Take work from a queue until told to stop."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from huey.consumer import Consumer

from adapters.queue.messages import declare_cleanup, declare_simulations
from adapters.queue.queues import make_queue
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage

# Huey's SQLite storage has to be asked again and again: these bounds keep the wait for a message
# under a tenth of a second while an idle worker costs next to nothing.
FIRST_DELAY = 0.02
LONGEST_DELAY = 0.1
BACKOFF = 1.3
HEALTH_SECONDS = 10.0


def consume_simulations(
    folder: Path,
    threads: int,
    run_task: Callable[[TaskMessage], None],
    run_merge: Callable[[MergeMessage], None],
    on_stop: Callable[[], None],
) -> None:
    """Run tasks and merges in `threads` threads until SIGINT or SIGTERM; `on_stop` is told first.

    Running work comes to its end before this returns; a second signal ends the process at once.
    """
    huey = make_queue(folder, QueueName.SIMULATIONS)
    declare_simulations(huey, run_task, run_merge)
    _consume(huey, threads, on_stop)


def consume_cleanups(
    folder: Path, clean_up: Callable[[int], None], on_stop: Callable[[], None]
) -> None:
    """Clean up after simulations until SIGINT or SIGTERM."""
    huey = make_queue(folder, QueueName.HELPER_SHORT)
    declare_cleanup(huey, clean_up)
    _consume(huey, 1, on_stop)


def _consume(huey: Any, threads: int, on_stop: Callable[[], None]) -> None:
    # Not Consumer.run(): it drops running work on SIGTERM.
    consumer = Consumer(
        huey,
        workers=threads,
        worker_type="thread",
        periodic=False,
        initial_delay=FIRST_DELAY,
        max_delay=LONGEST_DELAY,
        backoff=BACKOFF,
    )
    consumer.start()
    asked = _StopSignal(on_stop)
    checked = time.monotonic()
    while not asked.received:
        time.sleep(0.1)
        if time.monotonic() - checked > HEALTH_SECONDS:
            consumer.check_worker_health()
            checked = time.monotonic()
    consumer.stop(graceful=True)


class _StopSignal:
    """Notes the first signal; ends the process at the second."""

    def __init__(self, on_stop: Callable[[], None]) -> None:
        self.received = False
        self._on_stop = on_stop
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.received:
            os._exit(128 + number)
        self.received = True
        self._on_stop()
