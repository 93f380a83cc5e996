"""How far a run has come, as lines `--> Event 1000 starts.` say.

Geant4 writes them every `/run/printProgress` events; with threads each with `G4WT0 > ` in front
and out of order, so the highest number counts.
"""

import re
from collections.abc import Callable

from application.ports.simulator import Progress

EVENT = re.compile(r"-->\s*Event\s+(?P<done>\d{1,15})\s+starts")


class Geant4Progress:
    """Reads standard output, cut anywhere."""

    def __init__(self, primaries: int, clock: Callable[[], float]) -> None:
        self._primaries = primaries
        self._clock = clock
        self._started = clock()
        self._done = 0
        self._rest = ""

    def feed(self, text: str) -> Progress | None:
        """Take more output; return the newest progress that a whole line in it told."""
        *lines, self._rest = (self._rest + text).split("\n")
        told = [int(match[1]) for line in lines if (match := EVENT.search(line))]
        if not told:
            return None
        self._done = min(max(self._done, *told), self._primaries)
        passed, done = self._clock() - self._started, self._done
        left = round(passed * (self._primaries - done) / done) if done else None
        return Progress(done, left)
