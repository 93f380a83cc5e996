"""The clock of this machine."""

from datetime import UTC, datetime


class SystemClock:
    """Clock port on the system's clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.now(UTC)
