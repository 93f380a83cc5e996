"""How many of its clients a process of the web server waits for."""

from dataclasses import dataclass

LARGEST_BODY_MIB = 200
"""The largest that is ever sent are the results of a job."""


@dataclass(frozen=True, slots=True)
class SlowSeats:
    """How many of each kind of slow clients may occupy a thread of a server process.

    Senders are known when they are signed in, or show an update key before the body they send.
    """

    known_senders: int
    unknown_senders: int
    readers: int

    @property
    def threads(self) -> int:
        """How many threads they take together."""
        return self.known_senders + self.unknown_senders + self.readers


def slow_seats(web_threads: int) -> SlowSeats:
    """Return how many more threads a process has for slow clients."""
    half, quarter = max(1, web_threads // 2), max(1, web_threads // 4)
    return SlowSeats(known_senders=half, unknown_senders=quarter, readers=half)
