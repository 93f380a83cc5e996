"""One thread of a worker: takes messages, does what they ask for, puts back what it can't do."""

import logging
import random
from collections.abc import Sequence
from typing import Any

from huey.consumer import Worker

from adapters.queue.foreign_work import ForeignWork
from domain.errors import BackendUnreachable, NoRoom, RunsElsewhere

SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
PUT_BACK_PAUSE = 0.5

MOST_ASIDE = 200
"""How many messages for other workers are passed over in search of one for this."""

log = logging.getLogger(__name__)


class WorkerThread(Worker):  # type: ignore[misc]
    """Huey's worker without what we don't use: schedules, revocations, results.

    A queue that can't be reached is asked again, ever more rarely. A message that was taken when
    this worker began to stop, or whose work could not begin because the API is away or the disk is
    full, is put back, as is one for a simulator that only other workers have.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pause = SHORTEST_PAUSE
        self._foreign = ForeignWork()

    def loop(self, now: object = None) -> None:
        """Wait for a message for a while, and do what it asks for."""
        del now
        try:
            work = self._next()
            if work is not None and self._foreign.has(work):
                work = self._pass_over(work)
        except Exception as error:
            self._wait_for_queue(error)
            return
        self._pause = SHORTEST_PAUSE
        if work is not None:
            self._do(work)

    def _next(self) -> Any:
        """Return the next message, None if there is none for a while.

        A queue that can't make us wait is asked often, but by one thread at a time: those behind it
        in line would learn nothing else.
        """
        if self.huey.storage.blocking:
            return self.huey.dequeue()
        with self.huey.storage.asking:
            self.delay = self.default_delay
            while not self.stop_flag.is_set():
                work = self.huey.dequeue()
                if work is not None:
                    return work
                self.sleep()
        return None

    def _do(self, work: Any) -> None:
        if self.stop_flag.is_set():
            self._put_back([work])
            return
        try:
            work.execute()
        except RunsElsewhere as error:
            log.info("%s%s is put back: %s", work.name, work.args, error)
            self._foreign.note(work)
            self._put_back([work])
        except (BackendUnreachable, NoRoom) as error:
            log.warning("%s%s is put back: %s", work.name, work.args, error)
            self._put_back([work])
            # Another worker may do better, and other work may be possible here.
            self.stop_flag.wait(PUT_BACK_PAUSE)
        except Exception:
            log.exception("%s%s failed", work.name, work.args)

    def _pass_over(self, first: Any) -> Any:
        """Return the first message behind `first` that this worker can do, None after a pause.

        What is passed over keeps its place. It is away for a moment only, so that others find it.
        """
        aside, found = [first], None
        try:
            while found is None and len(aside) < MOST_ASIDE:
                work = self._next_at_once()
                if work is None:
                    break
                if self._foreign.has(work):
                    aside.append(work)
                else:
                    found = work
        finally:
            self._put_back(aside)
        if found is None:
            self.stop_flag.wait(PUT_BACK_PAUSE)
        return found

    def _next_at_once(self) -> Any:
        data = self.huey.storage.dequeue_at_once()
        return None if data is None else self.huey.deserialize_task(data)

    def _put_back(self, work: Sequence[Any]) -> None:
        messages = [(self.huey.serialize_task(item), item.priority or 0) for item in work]
        try:
            self.huey.storage.enqueue_many(messages)
        except Exception as error:
            # Whoever looks for lost work finds it.
            names = ", ".join(f"{item.name}{item.args}" for item in work)
            log.warning("%s could not be put back: %s", names, error)

    def _wait_for_queue(self, error: Exception) -> None:
        if self._pause == SHORTEST_PAUSE:
            log.warning("the queue can't be read, it is asked again and again: %s", error)
        # Jitter keeps the workers from coming back all at once.
        self.stop_flag.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
