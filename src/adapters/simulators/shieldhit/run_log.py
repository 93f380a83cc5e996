"""The log of a run: shieldhit_NNNN.log, or standard output without a seed offset."""

import re
from collections.abc import Sequence
from pathlib import Path

from adapters.simulators.runs.failures import check_exit, failure, log_end
from adapters.simulators.runs.lines import WholeLines
from adapters.simulators.scored_output.reading import check_files
from application.ports.simulator import Progress
from domain.errors import SimulationFailed

SIMULATOR = "SHIELD-HIT12A"
LOGS = "shieldhit_*.log"
PRIMARY = re.compile(
    r"Primary particle no\.\s*(\d{1,18})\b"
    r"(?:\s+ETR:\s*(\d{1,9})\s+hours?(?:\(s\))?\s+(\d{1,9})\s+minutes?(?:\(s\))?"
    r"\s+(\d{1,9})\s+seconds?)?"
)
FINISHED = re.compile(r"^\s*Run time:", re.MULTILINE)
COMPLAINT = re.compile(r"^.*\b(?:error|fatal)\b.*$", re.IGNORECASE | re.MULTILINE)


class PrimaryParser:
    """Reads lines such as `Primary particle no. 2345 ETR: 0 hour(s) 1 minute(s) 12 second(s)`.

    The number counts primaries begun; the estimate of the remaining time is the simulator's own.
    """

    def __init__(self, primaries: int) -> None:
        self._primaries = primaries
        self._lines = WholeLines()

    def feed(self, text: str) -> Progress | None:
        """Take more of the log; return the newest progress that a whole line in it told."""
        lines = self._lines.take(text)
        newest = None
        for line in lines:
            newest = self._read(line) or newest
        return newest

    def _read(self, line: str) -> Progress | None:
        match = PRIMARY.search(line)
        if match is None:
            if FINISHED.match(line):
                return Progress(self._primaries, 0)
            return None
        done = min(max(int(match[1]) - 1, 0), self._primaries)
        if match[2] is None:
            return Progress(done)
        hours, minutes, seconds = (int(match[group]) for group in (2, 3, 4))
        return Progress(done, 3600 * hours + 60 * minutes + seconds)


def progress_log(folder: Path) -> Path | None:
    """Return the log of the run in `folder`, once it is there."""
    return next(iter(sorted(folder.glob(LOGS))), None)


def log_files(folder: Path) -> Sequence[Path]:
    """Return all logs of a run: the simulator's own and its standard output."""
    return [*sorted(folder.glob(LOGS)), folder / "stdout.txt"]


def collect(folder: Path, exit_code: int, output: str) -> list[Path]:
    """Return the outputs of a run; SimulationFailed tells in which way it was none."""
    own = progress_log(folder)
    log = output if own is None else f"{output}\n{log_end(own)}"
    outputs = sorted(folder.glob("*.bdo"))
    _check_input(exit_code, log, outputs)
    check_exit(SIMULATOR, exit_code, log)
    if not outputs:
        raise failure(f"{SIMULATOR} wrote nothing", log)
    if not FINISHED.search(log):
        raise failure(f"{SIMULATOR} ended before it had simulated all primaries", log)
    _check_outputs(outputs, log)
    return outputs


def _check_input(exit_code: int, log: str, outputs: Sequence[Path]) -> None:
    """Tell a complaint about the input from a crash: it comes before any particle."""
    if exit_code > 0 and not outputs and not PRIMARY.search(log):
        complaint = COMPLAINT.search(log)
        if complaint is not None:
            raise failure(f"{SIMULATOR} refused its input: {complaint[0].strip()}", log)


def _check_outputs(outputs: Sequence[Path], log: str) -> None:
    try:
        check_files(outputs)
    except SimulationFailed as error:
        raise failure(f"{SIMULATOR} left a broken output: {error}", log) from error
