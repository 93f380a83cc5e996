"""Notice that the clock of this machine was set, which makes all leases mean something else."""

import time
from collections.abc import Callable

from application.ports.clock import Clock

TOLERANCE_SECONDS = 1.0
"""What a clock that is merely corrected moves between two looks is far below this."""


class ClockSteps:
    """Compares the clock with one that is never set; safe for one thread."""

    def __init__(
        self,
        clock: Clock,
        settle_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._monotonic = monotonic
        self._offset = self._measured()
        self._trusted_from = monotonic()

    def leases_hold(self) -> bool:
        """Say whether leases can be compared with the clock.

        After the clock was set, living workers have `settle_seconds` to renew theirs.
        """
        offset = self._measured()
        if abs(offset - self._offset) > TOLERANCE_SECONDS:
            self._trusted_from = self._monotonic() + self._settle_seconds
        self._offset = offset
        return self._monotonic() >= self._trusted_from

    def _measured(self) -> float:
        return self._clock.now().timestamp() - self._monotonic()
