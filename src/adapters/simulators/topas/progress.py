"""How far a run has come, as lines `G4WT6 > Begin processing for Run: 0, History: 1000` say.

TOPAS writes them every `Ts/ShowHistoryCountAtInterval` histories. With several threads they come
out of order, so the highest number counts.
"""

import re
from collections.abc import Callable

from application.ports.simulator import Progress

HISTORY = re.compile(r"Begin processing for Run:\s*\d+,\s*History:\s*(?P<done>\d+)\s*$")
FINISHED = "TOPAS run sequence complete"


class TopasProgress:
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
        told = [match[1] for line in lines if (match := HISTORY.search(line))]
        if any(line.startswith(FINISHED) for line in lines):
            return Progress(self._primaries, 0)
        if not told:
            return None
        self._done = max([self._done, *(int(number) for number in told if len(number) < 16)])
        return self._progress(min(self._done, self._primaries))

    def _progress(self, done: int) -> Progress:
        passed = self._clock() - self._started
        left = round(passed * (self._primaries - done) / done) if done else None
        return Progress(done, left)
