"""How far a run has come, as the file NAME001.out in FLUKA's working folder says.

Under each line ` NEXT SEEDS:` that FLUKA writes at its start comes, time and again, a line of six
numbers: primaries done, left and left within the time limit, seconds per primary, seconds left,
stars. In between come further lines of seeds.
"""

from adapters.simulators.native.numbers import real, whole
from adapters.simulators.runs.lines import WholeLines
from application.ports.simulator import Progress

SEEDS = "NEXT SEEDS:"
HANDLED = "All cases handled by Feeder"
COLUMNS = 6


class FlukaProgress:
    """Reads the log, cut anywhere."""

    def __init__(self, primaries: int) -> None:
        self._primaries = primaries
        self._lines = WholeLines()
        self._started = False

    def feed(self, text: str) -> Progress | None:
        """Take more of the log; return the newest progress that a whole line in it told."""
        lines = self._lines.take(text)
        newest = None
        for line in lines:
            newest = self._line(line) or newest
        return newest

    def _line(self, line: str) -> Progress | None:
        if line.lstrip().startswith(SEEDS):
            self._started = True
        elif HANDLED in line and self._started:
            return Progress(self._primaries, 0)
        elif self._started:
            return self._numbers(line.split())
        return None

    def _numbers(self, words: list[str]) -> Progress | None:
        if len(words) != COLUMNS or any(real(word) is None for word in words):
            return None
        done, left, seconds = whole(words[0]), whole(words[1]), real(words[3])
        if done is None or left is None or seconds is None or not done + left > 0:
            return None
        if done < 0 or left < 0 or seconds < 0 or seconds * left > 1e12:
            return None
        return Progress(min(done, self._primaries), round(left * seconds))
