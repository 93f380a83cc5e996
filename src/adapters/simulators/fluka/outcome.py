"""Tell a good run of FLUKA from a bad one, and find what it left."""

import re
from collections.abc import Sequence
from pathlib import Path

from adapters.simulators.native.logs import matching_lines
from adapters.simulators.runs.failures import check_exit, failure, log_end

NAME = "FLUKA"
WORKING = "fluka_*"
FINISHED = "End of FLUKA"
TIMED_OUT = re.compile(r"time (?:limit|is) (?:reached|exhausted|over)|out of time", re.I)
BAD_INPUT = re.compile(
    r"unknown (?:command|code word|option)|not (?:a )?valid|Region name .* not found|"
    r"name not found|GEOMETRY.*ERROR|ERROR.*(?:CARD|INPUT)|Input.*(?:not found|missing)|"
    r"Geometry package error|no such file",
    re.I,
)
UNIT = re.compile(r"_fort\.(\d+)$")


def progress_log(folder: Path) -> Path | None:
    """Return the file that tells the progress of the running cycle, once there is one."""
    found = sorted(folder.glob(f"{WORKING}/*001.out"))
    return found[0] if found else None


def logs(folder: Path) -> list[Path]:
    """Return all logs: standard output, and FLUKA's own wherever they lie at the end."""
    own = [
        path
        for suffix in ("out", "log", "err")
        for place in ("", f"{WORKING}/")
        for path in sorted(folder.glob(f"{place}*001.{suffix}"))
    ]
    return [folder / "stdout.txt", *own]


def check_outcome(folder: Path, exit_code: int, log: str) -> None:
    """Raise SimulationFailed unless FLUKA came to its end."""
    own = _own_logs(folder)
    told = f"{log}\n{own}"
    if FINISHED in own and exit_code == 0:
        return
    if exit_code >= 0 and matching_lines(TIMED_OUT, told):
        raise failure(f"{NAME} ran out of time", own or log)
    wrong = matching_lines(BAD_INPUT, told)
    if wrong and exit_code >= 0:
        raise failure(f"{NAME} refused its input ({wrong[0]})", own or log)
    check_exit(NAME, exit_code, own or log)
    if own:
        raise failure(f"{NAME} crashed before it had simulated all primaries", own)


def outputs(folder: Path, log: str) -> Sequence[Path]:
    """Return the scoring files; SimulationFailed if there are none or one is empty."""
    found = sorted(path for path in folder.iterdir() if UNIT.search(path.name))
    if not found:
        raise failure(f"{NAME} wrote no results", _own_logs(folder) or log)
    for path in found:
        if path.stat().st_size == 0:
            raise failure(f"{NAME} left {path.name} empty", log)
    return found


def _own_logs(folder: Path) -> str:
    """Return the ends of FLUKA's own logs, the most telling last."""
    own = [path for path in logs(folder)[1:] if path.is_file()]
    return "\n".join(log_end(path) for path in reversed(own))


def unit_of(path: Path) -> int | None:
    """Return the logical unit that a scoring file was written to."""
    match = UNIT.search(path.name)
    return int(match[1]) if match else None
