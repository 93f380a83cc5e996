"""Jobs as they were shown last: what has not changed is neither read nor encoded again.

The version of a job only grows, and each change of what is shown of it adds to it. So what was
shown at a version may be shown to everybody who asks as long as that is still the version; whether
it is, and whether the job is theirs, each request asks the database.
"""

import threading
from collections import OrderedDict

MOST_BYTES = 16 << 20
"""So much one process keeps at most; a job of 1000 tasks has about 200 kB."""

LARGEST = MOST_BYTES // 8
"""What is larger is not kept: it would push out too many others."""


class ShownJobs:
    """The encoded answers of the jobs asked for last, one of each; safe to use by threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._size = 0

    def at(self, job_id: str, version: int) -> bytes | None:
        """Return what was shown of a job at exactly this version, None if that is not kept."""
        with self._lock:
            kept = self._answers.get(job_id)
            if kept is None or kept[0] != version:
                return None
            self._answers.move_to_end(job_id)
            return kept[1]

    def keep(self, job_id: str, version: int, answer: bytes) -> None:
        """Keep what is shown at a version, in place of what was kept of that job."""
        if len(answer) > LARGEST:
            return
        with self._lock:
            self._drop(self._answers.pop(job_id, None))
            self._answers[job_id] = (version, answer)
            self._size += len(answer)
            while self._size > self._most_bytes:
                self._drop(self._answers.popitem(last=False)[1])

    def _drop(self, kept: tuple[int, bytes] | None) -> None:
        if kept is not None:
            self._size -= len(kept[1])
