"""Sees that a run takes no more than it may, while it runs."""

import time

from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.usage import exceeds_memory, processes_of
from application.ports.process_runner import Watch
from domain.errors import SimulationFailed

LOOK_SECONDS = 1.0
SMALLEST_SHARE = 50
"""Looking takes at most one part in this many of a run's time, however many processes it has."""


class LimitExceeded(SimulationFailed):
    """A run took more than it may, and is to end now."""


class Overseer:
    """Fails a run that takes longer, or has more processes or memory, than it may."""

    def __init__(self, keeper: int, limits: Limits) -> None:
        self._keeper = keeper
        self._limits = limits
        self._started = time.monotonic()
        self._next_look = self._started + LOOK_SECONDS

    def watching(self, watch: Watch) -> Watch:
        """Return a watch that looks at the limits first."""

        def look(text: str) -> bool:
            self._check()
            return watch(text)

        return look

    def _check(self) -> None:
        now, seconds = time.monotonic(), self._limits.seconds
        if seconds is not None and now - self._started > seconds:
            raise LimitExceeded(
                f"The simulation was ended: it ran longer than {seconds / 3600:g} h, the limit here"
            )
        if now < self._next_look:
            return
        self._look()
        done = time.monotonic()
        self._next_look = now + max(LOOK_SECONDS, SMALLEST_SHARE * (done - now))

    def _look(self) -> None:
        processes, memory = self._limits.processes, self._limits.memory
        found = processes_of(self._keeper)
        if processes is not None and len(found) > processes:
            raise LimitExceeded(
                f"The simulation was ended: it started more than {processes} processes"
            )
        if memory is not None and exceeds_memory(found, memory):
            raise LimitExceeded(
                f"The simulation was ended: its processes took more than {memory} MiB of memory "
                "together, the limit here"
            )
