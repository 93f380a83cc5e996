"""What time it is."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only way to ask for the time, so that tests can set it."""

    def now(self) -> datetime:
        """Return the current time, always with the zone UTC."""
        ...
