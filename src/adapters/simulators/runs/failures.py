"""Tell how a run failed, in words a physicist can act on."""

import signal
from pathlib import Path

from adapters.simulators.runs.lines import lines_of
from domain.errors import SimulationFailed

LAST_LINES = 12
LOG_END = 64 << 10


def check_exit(simulator: str, exit_code: int, log: str) -> None:
    """Raise SimulationFailed, with the end of the log, for a run that did not end well.

    A negative code is the number of the signal that ended it, as is one above 128 of a shell.
    """
    if exit_code == 0:
        return
    number = -exit_code if exit_code < 0 else exit_code - 128
    name = _signal_name(number)
    if name is None:
        raise failure(f"{simulator} ended with exit code {exit_code}", log)
    if number in (signal.SIGXCPU, signal.SIGALRM):
        raise failure(f"{simulator} ran out of time ({name})", log)
    if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        hint = ", perhaps for its memory" if number == signal.SIGKILL else ""
        raise failure(f"{simulator} was killed{hint} ({name})", log)
    raise failure(f"{simulator} crashed ({name})", log)


def failure(reason: str, log: str) -> SimulationFailed:
    """Return the error for a reason, with the last lines of a log that says anything."""
    lines = [line.rstrip() for line in lines_of(log) if line.strip()]
    if not lines:
        return SimulationFailed(f"{reason}; it wrote no log")
    return SimulationFailed(f"{reason}; its last lines:\n" + "\n".join(lines[-LAST_LINES:]))


def log_end(path: Path) -> str:
    """Return the end of a log file, empty if there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_END))
            return file.read(LOG_END).decode("utf-8", "replace")
    except OSError:
        return ""


def _signal_name(number: int) -> str | None:
    try:
        return signal.Signals(number).name
    except ValueError:
        return None
