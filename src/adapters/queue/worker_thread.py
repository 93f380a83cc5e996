"""One thread of a worker: takes messages, does what they ask for, puts back what it can't do."""

import logging
import random
from typing import Any

from huey.consumer import Worker

from domain.errors import BackendUnreachable, NoRoom

SHORTEST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
PUT_BACK_PAUSE = 0.5

log = logging.getLogger(__name__)


class WorkerThread(Worker):  # type: ignore[misc]
    """Huey's worker without what we don't use: schedules, revocations, results.

    A queue that can't be reached is asked again, ever more rarely. A message that was taken when
    this worker began to stop, or whose work could not begin because the API is away or the disk is
    full, is put back.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pause = SHORTEST_PAUSE

    def loop(self, now: object = None) -> None:
        """Wait for a message for a while, and do what it asks for."""
        del now
        try:
            work = self.huey.dequeue()
        except Exception as error:
            self._wait_for_queue(error)
            return
        self._pause = SHORTEST_PAUSE
        if work is not None:
            self.delay = self.default_delay
            self._do(work)
        elif not self.huey.storage.blocking:
            self.sleep()

    def _do(self, work: Any) -> None:
        if self.stop_flag.is_set():
            self._put_back(work)
            return
        try:
            work.execute()
        except (BackendUnreachable, NoRoom) as error:
            log.warning("%s%s is put back: %s", work.name, work.args, error)
            self._put_back(work)
            # Another worker may do better, and other work may be possible here.
            self.stop_flag.wait(PUT_BACK_PAUSE)
        except Exception:
            log.exception("%s%s failed", work.name, work.args)

    def _put_back(self, work: Any) -> None:
        message = (self.huey.serialize_task(work), work.priority or 0)
        try:
            self.huey.storage.enqueue_many([message])
        except Exception as error:
            # Whoever looks for lost work finds it.
            log.warning("%s%s could not be put back: %s", work.name, work.args, error)

    def _wait_for_queue(self, error: Exception) -> None:
        if self._pause == SHORTEST_PAUSE:
            log.warning("the queue can't be read, it is asked again and again: %s", error)
        # Jitter keeps the workers from coming back all at once.
        self.stop_flag.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
