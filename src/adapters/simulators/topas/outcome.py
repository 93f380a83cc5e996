"""Tell a good run of TOPAS from a bad one."""

import re
from collections.abc import Sequence
from pathlib import Path

from adapters.simulators.native.logs import matching_lines
from adapters.simulators.runs.failures import check_exit, failure

NAME = "TOPAS"
FINISHED = "TOPAS run sequence complete"
BAD_INPUT = re.compile(
    r"TOPAS is exiting due to a serious error|Topas experienced a potentially serious|"
    r"has not been defined|Unable to (?:find|open) .*(?:file|parameter)|"
    r"TOPAS has detected overlaps",
    re.I,
)


def check_outcome(exit_code: int, log: str) -> None:
    """Raise SimulationFailed, with the end of the log, unless all histories were simulated."""
    finished = FINISHED in log
    wrong = matching_lines(BAD_INPUT, log)
    if wrong and not finished and exit_code >= 0:
        raise failure(f"{NAME} refused its input ({wrong[0]})", log)
    check_exit(NAME, exit_code, log)
    if not finished:
        raise failure(f"{NAME} crashed before it had simulated all histories", log)


def outputs(folder: Path, log: str) -> Sequence[Path]:
    """Return the CSV files; SimulationFailed if there are none or one holds no values."""
    found = sorted(path for path in folder.glob("*.csv") if path.is_file())
    if not found:
        raise failure(f"{NAME} wrote no results", log)
    for path in found:
        if path.stat().st_size == 0:
            raise failure(f"{NAME} left {path.name} empty", log)
    return found
