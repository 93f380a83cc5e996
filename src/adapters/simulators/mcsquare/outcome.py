"""Tell a good run of MCsquare from a bad one."""

import re
from collections.abc import Callable
from pathlib import Path

from adapters.simulators.runs.failures import check_exit, failure
from adapters.simulators.runs.lines import WholeLines
from application.ports.simulator import Progress

NAME = "MCsquare"
FINISHED = re.compile(r"Nbr primaries simulated: (\d+)(?: \((\d+) generated outside)?")
PERCENT = re.compile(r"^\s*(\d{1,3}(?:\.\d+)?) %\s*$")


def check_outcome(exit_code: int, log: str) -> int:
    """Return how many primaries ran: the engine completes batches, and normalises by what it ran.

    SimulationFailed, with the end of the log, unless all that were asked for were simulated.
    """
    check_exit(NAME, exit_code, log)
    found = FINISHED.search(log)
    if found is None:
        raise failure(f"{NAME} ended before it had simulated all primaries", log)
    if found[2] and int(found[2]) > 0:
        reason = f"{found[2]} of {found[1]} primaries missed the geometry: the beam is misplaced"
        raise failure(reason, log)
    return int(found[1])


class PercentParser:
    """Reads lines such as ` 10.0 %`, cut anywhere."""

    def __init__(self, primaries: int, clock: Callable[[], float]) -> None:
        self._primaries = primaries
        self._clock = clock
        self._started = clock()
        self._lines = WholeLines()

    def feed(self, text: str) -> Progress | None:
        """Take more output; return the newest progress that a whole line in it told."""
        lines = self._lines.take(text)
        newest = None
        for line in lines:
            match = PERCENT.match(line)
            if match and float(match[1]) <= 100:
                newest = float(match[1]) / 100
        return None if newest is None else self._progress(newest)

    def _progress(self, done: float) -> Progress:
        passed = self._clock() - self._started
        left = round(passed * (1 - done) / done) if done > 0 else None
        return Progress(int(self._primaries * done), left)


def outputs_of(folder: Path) -> list[Path]:
    """Return the logs that the engine left beside its standard output."""
    return [path for path in (folder / "stdout.txt",) if path.exists()]
