"""How many bodies a process reads at the same time, and how much memory it gives them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from domain.errors import TooManyBodies


class BodyRoom:
    """Room for so many bodies at once, and for so many bytes of them until they are dealt with.

    A body waits `seat_seconds` for others to be read: most take a moment.
    """

    def __init__(self, most_bytes: int, most_at_once: int, seat_seconds: float) -> None:
        self._seat_seconds = seat_seconds
        self._left = most_bytes
        self._seats = threading.BoundedSemaphore(most_at_once)
        self._lock = threading.Lock()

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Hold a seat while a body comes in, however slowly; TooManyBodies if all are taken."""
        if not self._seats.acquire(timeout=self._seat_seconds):
            raise TooManyBodies
        try:
            yield
        finally:
            self._seats.release()

    def hold(self, size: int) -> None:
        """Set bytes aside; TooManyBodies, and nothing is, if there are not so many left."""
        with self._lock:
            if size > self._left:
                raise TooManyBodies
            self._left -= size

    def release(self, size: int) -> None:
        """Give bytes back that were held."""
        with self._lock:
            self._left += size


@dataclass(frozen=True, slots=True)
class BodyRooms:
    """Room for those who have shown who they are before they send, and for all others."""

    known: BodyRoom
    unknown: BodyRoom
