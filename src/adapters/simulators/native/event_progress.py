"""How far a run of a Geant4 program has come, as numbered lines of its output say.

With several threads the lines come out of order, so the highest number counts.
"""

import re
from collections.abc import Callable
from typing import ClassVar

from adapters.simulators.runs.lines import WholeLines
from application.ports.simulator import Progress

LONGEST_NUMBER = 15


class EventProgress:
    """Reads standard output, cut anywhere; the group `done` of `pattern` is the number."""

    pattern: ClassVar[re.Pattern[str]]
    finished: ClassVar[str | None] = None
    """How the line begins that a run writes at its end, if there is one."""

    def __init__(self, primaries: int, clock: Callable[[], float]) -> None:
        self._primaries = primaries
        self._clock = clock
        self._started = clock()
        self._done = 0
        self._lines = WholeLines()

    def feed(self, text: str) -> Progress | None:
        """Take more output; return the newest progress that a whole line in it told."""
        lines = self._lines.take(text)
        if self.finished and any(line.startswith(self.finished) for line in lines):
            return Progress(self._primaries, 0)
        told = [match["done"] for line in lines if (match := self.pattern.search(line))]
        if not told:
            return None
        numbers = [int(number) for number in told if len(number) <= LONGEST_NUMBER]
        self._done = max([self._done, *numbers])
        return self._progress(min(self._done, self._primaries))

    def _progress(self, done: int) -> Progress:
        passed = self._clock() - self._started
        left = round(passed * (self._primaries - done) / done) if done else None
        return Progress(done, left)
