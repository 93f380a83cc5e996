"""Tell a good run of a Geant4 application from a bad one."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from adapters.simulators.geant4.spectra import find_spectrum
from adapters.simulators.native.logs import matching_lines
from adapters.simulators.runs.failures import check_exit, failure

NAME = "Geant4"
BAD_INPUT = re.compile(
    r"COMMAND NOT FOUND|Batch is interrupted|illegal parameter|parameter out of range|"
    r"GDML.*(?:error|not found)|Can not open a macro file|issued by : G4GDML",
    re.I,
)
FATAL = re.compile(r"\*\*\* (?:Fatal Exception|G4Exception.*aborted)", re.I)


def check_outcome(exit_code: int, log: str) -> None:
    """Raise SimulationFailed, with the end of the log, unless the run came to its end."""
    wrong = matching_lines(BAD_INPUT, log)
    if wrong and exit_code >= 0:
        raise failure(f"{NAME} refused its input ({wrong[0]})", log)
    check_exit(NAME, exit_code, log)
    if matching_lines(FATAL, log):
        raise failure(f"{NAME} crashed before it had simulated all primaries", log)


def outputs(folder: Path, names: Sequence[str], log: str) -> Sequence[Path]:
    """Return the dumped tables; SimulationFailed if one is missing or empty."""
    missing = [name for name in names if not (folder / name).is_file()]
    if missing or not names:
        listed = ", ".join(missing[:5]) or "nothing is dumped by the macro"
        raise failure(f"{NAME} wrote no results ({listed})", log)
    for name in names:
        if (folder / name).stat().st_size == 0:
            raise failure(f"{NAME} left {name} empty", log)
    return [folder / name for name in names]


def spectra(folder: Path, names: Iterable[str], log: str) -> Sequence[Path]:
    """Return the files of histograms; SimulationFailed if one is missing."""
    found = {name: find_spectrum(folder, name) for name in names}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        raise failure(f"{NAME} wrote no histogram {', '.join(missing[:5])}", log)
    return [path for path in found.values() if path is not None]
