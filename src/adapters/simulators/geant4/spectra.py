"""Spectra of kinetic energy: histograms that Geant4 fills from a probe, and their files.

`/score/fill1D HISTOGRAM PROBE QUANTITY` fills a histogram with what a scorer counts, here the path
length per volume in 1/mm2, at the kinetic energy before the step. The application needs a
G4TScoreHistFiller for it. Files are those of Geant4's analysis category in CSV:

    #class tools::histo::h1d
    #title fluence
    #dimension 1
    #axis fixed 100 0 200
    #bin_number 102
    entries,Sw,Sw2,Sxw0,Sx2w0

with a row for what lies below the axis, one for each bin, and one for what lies above.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.native.numbers import real
from adapters.simulators.runs.failures import failure
from adapters.simulators.runs.lines import lines_of
from adapters.simulators.scored_output.scored_file import MEAN, ScoredFile, ScoredPage, Values
from domain.errors import SimulationFailed
from domain.estimator import Axis

KEYWORD = "KineticEnergySpectrum"
CREATE, FILL = "/analysis/h1/create", "/score/fill1D"
FILE = "spectra"
NO_FILLER = "G4TScoreHistFiller is not instantiated"
"""How Geant4 says that an application can't fill histograms from scorers."""

PER_CM2 = 100.0
"""A 1/mm2 in 1/cm2."""

MEV = {"meV": 1e-9, "eV": 1e-6, "keV": 1e-3, "MeV": 1.0, "GeV": 1e3, "TeV": 1e6}
SCALES: Mapping[str, Callable[[Values], Values]] = {
    "none": lambda x: x,
    "log": np.exp,
    "log10": lambda x: 10.0**x,
    "exp": np.log,
}
"""How the value on an axis leads back to the energy, by the function it was made with."""

AXIS = re.compile(r"^#axis (fixed|edges) (.+)$")
COLUMNS = "entries,Sw,Sw2"


@dataclass(frozen=True, slots=True)
class Histogram:
    """A histogram of a macro: its name, the unit of its energies, the function of its axis."""

    name: str
    unit: str
    scale: str


def spectrum_names(macro: Macro) -> list[str]:
    """Return the names of the histograms that scorers fill, in the order of the macro."""
    return list(histograms(macro))


def histograms(macro: Macro) -> Mapping[str, Histogram]:
    """Return the histograms that scorers fill by name; Geant4 numbers all of them from 0."""
    made = [[word.text for word in item.words] for item in macro.commands(CREATE)]
    filled = [item.words[0].text for item in macro.commands(FILL) if item.words]
    found: dict[str, Histogram] = {}
    for number, words in enumerate(made):
        if str(number) in filled and words:
            # NAME TITLE BINS LOW HIGH UNIT FUNCTION SCHEME; titles of several words are quoted.
            rest = [word for word in words[1:] if word in MEV or word in SCALES]
            unit = next((word for word in rest if word in MEV), "MeV")
            scale = next((word for word in rest if word in SCALES), "none")
            found[words[0]] = Histogram(words[0], unit, scale)
    return found


def file_of(name: str) -> str:
    """Return the file that a project's macro has a histogram written to."""
    return f"{FILE}_h1_{name}.csv"


def find_spectrum(folder: Path, name: str) -> Path | None:
    """Return a task's file of a histogram: the one of our macro, else what the application wrote.

    Of several the one with the most entries counts: an application that empties its histograms at
    the end of the run leaves ours empty.
    """
    places = [folder / file_of(name), *sorted(folder.glob(f"*_h1_{name}.csv"))]
    found = [path for path in places if path.is_file()]
    return max(found, key=_entries, default=None)


def check_filled(log: str) -> None:
    """Raise SimulationFailed if the application can't fill histograms from scorers."""
    if NO_FILLER in log:
        reason = "the Geant4 application has no G4TScoreHistFiller, which spectra of energy need"
        raise failure(reason, log)


def read_spectrum(path: Path, primaries: int, histogram: Histogram) -> ScoredFile:
    """Return the mean fluence per energy and primary of a task; SimulationFailed if it is broken.

    The standard error follows from the squares of the weights that were filled.
    """
    edges, rows = _read(path)
    energies = np.asarray(SCALES[histogram.scale](edges), dtype=np.float64) * MEV[histogram.unit]
    per_bin = PER_CM2 / np.abs(np.diff(energies)) / max(primaries, 1)
    centres = [float(value) for value in (energies[1:] + energies[:-1]) / 2]
    page = ScoredPage(
        KEYWORD,
        "/cm2/MeV/prim",
        rows[:, 1] * per_bin,
        [Axis("Kinetic energy", "MeV", centres)],
        MEAN,
        {"quantity": histogram.name},
        np.sqrt(rows[:, 2]) * per_bin,
    )
    return ScoredFile([page], primaries, {"file_format": "geant4_h1_csv"})


def _entries(path: Path) -> float:
    try:
        return float(_read(path)[1][:, 0].sum())
    except SimulationFailed:
        return -1.0


def _read(path: Path) -> tuple[Values, Values]:
    """Return the edges of the bins and a row of numbers for each bin."""
    lines = lines_of(path.read_text("utf-8", "replace"))
    axis = next((match for line in lines if (match := AXIS.match(line))), None)
    start = next((at for at, line in enumerate(lines) if line.startswith(COLUMNS)), None)
    if axis is None or start is None:
        raise SimulationFailed(f"{path.name} is no histogram of one dimension")
    edges = _edges(path, axis[1], axis[2].split())
    rows = [line.split(",") for line in lines[start + 1 :] if line.strip()]
    try:
        numbers = np.array([[float(text) for text in row[:3]] for row in rows])
    except ValueError as error:
        raise SimulationFailed(f"{path.name} was not written to its end: {error}") from error
    if numbers.shape != (len(edges) + 1, 3):
        wanted = f"{len(rows)} of {len(edges) + 1} rows"
        raise SimulationFailed(f"{path.name} was not written to its end: {wanted}")
    return edges, numbers[1:-1]


def _edges(path: Path, kind: str, words: Sequence[str]) -> Values:
    numbers = [value for word in words if (value := real(word)) is not None]
    if kind == "edges" and len(numbers) > 1:
        return np.asarray(numbers, dtype=np.float64)
    if kind == "fixed" and len(numbers) == 3 and math.isfinite(numbers[0]):
        return np.linspace(numbers[1], numbers[2], int(numbers[0]) + 1)
    raise SimulationFailed(f"{path.name} has an axis that can't be read")
