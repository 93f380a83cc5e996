"""CSV files that scorers of TOPAS write.

    # TOPAS Version: 3.9
    # Results for scorer: NAME
    # X in 4 bins of 0.75 cm
    # Y in 4 bins of 0.75 cm
    # Z in 1 bin  of 1.75 cm
    # Fluence ( /mm2 ) : Mean   Standard_Deviation
    0, 0, 0, 0.001777777777777778, 0.004995124328435701

A scorer in an undivided component has neither lines of bins nor indices. One that is binned by
energy or time has its columns once for what lies below the bins, once for each bin, and then for
what lies above; only the bins are shown.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from adapters.simulators.native.text_files import read_text
from adapters.simulators.scored_output.scored_file import MEAN, ScoredFile, ScoredPage, Values
from domain.errors import SimulationFailed
from domain.estimator import Axis

SUM, AVERAGE, HISTORIES = "Sum", "Mean", "Histories_with_Scorer_Active"
DEVIATION, VARIANCE, COUNT = "Standard_Deviation", "Variance", "Count_in_Bin"
COLUMNS = frozenset(
    {SUM, AVERAGE, HISTORIES, DEVIATION, VARIANCE, COUNT, "Second_Moment", "Min", "Max"}
)
"""What `Report` may ask for, as the heads of the columns say it."""

VERSION = re.compile(r"#\s*TOPAS Version:\s*(\S+)")
SCORER = re.compile(r"#\s*Results for scorer:\s*(.+?)\s*$")
REPORTED = re.compile(
    r"#\s*(?P<quantity>[^:(]+?)\s*(?:\(\s*(?P<unit>.*?)\s*\)\s*)?:(?P<columns>.*)$"
)
DIVIDED = re.compile(r"#\s*(X|Y|Z|R|Phi|Theta) in (\d+) bins?\s+of (\S+) (\w+)\s*$")
BINNED = re.compile(
    r"#\s*Binned by (?P<name>.+?) in (?P<count>\d+) bins?\s+of \S+ (?P<unit>\w+)"
    r" from (?P<low>\S+) \w+ to (?P<high>\S+) \w+"
)


@dataclass(frozen=True, slots=True)
class Table:
    """What a file says: its columns by name, shape (bins of each axis), and its axes."""

    scorer: str
    unit: str
    version: str
    axes: Sequence[Axis]
    columns: dict[str, Values]


def read_csv(path: Path, primaries: int) -> ScoredFile:
    """Return the mean per history of a task of `primaries`; SimulationFailed if it can't be told.

    A sum is divided by the histories, those that the file tells if it does. The standard error of
    the mean within the task follows from what the file has: standard deviation or variance, else
    the number of entries in each bin.
    """
    table = read_table(path)
    histories = table.columns.get(HISTORIES, np.full(1, float(primaries)))
    with np.errstate(all="ignore"):
        if AVERAGE in table.columns:
            mean, reported = table.columns[AVERAGE], AVERAGE
        elif SUM in table.columns:
            mean, reported = table.columns[SUM] / histories, f"{SUM} / histories"
        else:
            raise SimulationFailed(f"{path.name} holds neither {AVERAGE} nor {SUM}")
        errors = _errors(table, mean, histories)
    axes = [axis for axis in table.axes if len(axis.values) > 1]
    flat = mean.reshape(-1, order="F")
    page = ScoredPage(table.scorer, table.unit, flat, axes, MEAN, {"title": table.scorer}, errors)
    metadata = {"file_format": "csv", "version": table.version, "reported": reported}
    return ScoredFile([page], 0, {name: text for name, text in metadata.items() if text})


def read_table(path: Path) -> Table:
    """Read a file; SimulationFailed says why it can't be used."""
    lines = list(read_text(path.read_bytes()).lines)
    head = [line for line in lines if line.startswith("#")]
    reported = next(_reported(head), None)
    if reported is None:
        raise SimulationFailed(f"{path.name} holds no results")
    names = reported["columns"].split()
    divided = [_divided(match) for line in head if (match := DIVIDED.match(line))]
    binned = [_binned(match) for line in head if (match := BINNED.match(line))]
    numbers = _numbers(path, [line for line in lines if line.strip() and line[0] != "#"])
    values = _by_bin(path, numbers, [len(axis.values) for axis in divided])
    if binned:
        values = _inner(path, values, len(binned[0].values), len(names))
    elif values.shape[-1] != len(names):
        raise _cut_off(path, f"{values.shape[-1]} columns of {len(names)}")
    return Table(
        next((match[1] for line in head if (match := SCORER.match(line))), path.stem),
        reported["unit"] or "",
        next((match[1] for line in head if (match := VERSION.match(line))), ""),
        [*divided, *binned],
        {name: values[..., place] for place, name in enumerate(names)},
    )


def _reported(head: Sequence[str]) -> Iterator[re.Match[str]]:
    """Yield the line that names the columns; other lines have colons too."""
    for line in head:
        match = REPORTED.match(line)
        if match and match["columns"].split() and COLUMNS.issuperset(match["columns"].split()):
            yield match


def _divided(match: re.Match[str]) -> Axis:
    name, count, size, unit = match.groups()
    return Axis(name, unit, [(place + 0.5) * float(size) for place in range(int(count))])


def _binned(match: re.Match[str]) -> Axis:
    count, low, high = int(match["count"]), float(match["low"]), float(match["high"])
    centres = [low + (place + 0.5) * (high - low) / count for place in range(count)]
    return Axis(match["name"], match["unit"], centres)


def _numbers(path: Path, rows: Sequence[str]) -> Values:
    """Return all rows, shape (rows, columns)."""
    if not rows:
        raise _cut_off(path, "no rows")
    try:
        return np.loadtxt(rows, delimiter=",", ndmin=2, comments=None)
    except ValueError as error:
        raise _cut_off(path, f"{rows[-1].strip()[:80]!r}") from error


def _by_bin(path: Path, rows: Values, bins: Sequence[int]) -> Values:
    """Return what stands behind the indices, shape (bins of each axis, columns)."""
    if rows.shape[0] != np.prod(bins, dtype=np.int64):
        raise _cut_off(path, f"{rows.shape[0]} of {np.prod(bins, dtype=np.int64)} bins")
    index, others = rows[:, : len(bins)].T.astype(np.int64), rows[:, len(bins) :]
    if (index < 0).any() or (index >= np.array(bins, np.int64)[:, None]).any():
        raise SimulationFailed(f"{path.name}: a bin lies outside of the component")
    values = np.full((*bins, others.shape[1]), np.nan)
    values[tuple(index) if bins else ...] = others if bins else others[0]
    return values


def _inner(path: Path, values: Values, count: int, columns: int) -> Values:
    """Return the bins of energy or time alone, shape (bins of each axis, columns)."""
    groups = values.shape[-1] // columns
    if groups < count + 1 or groups * columns != values.shape[-1]:
        raise _cut_off(path, f"{values.shape[-1]} columns for {count} bins")
    return values.reshape(*values.shape[:-1], groups, columns)[..., 1 : count + 1, :]


def _errors(table: Table, mean: Values, histories: Values) -> Values | None:
    columns = table.columns
    if DEVIATION in columns:
        errors = columns[DEVIATION] / np.sqrt(histories)
    elif VARIANCE in columns:
        errors = np.sqrt(columns[VARIANCE] / histories)
    elif COUNT in columns:
        errors = np.abs(mean) / np.sqrt(np.where(columns[COUNT] > 0, columns[COUNT], np.nan))
    else:
        return None
    return np.asarray(errors, dtype=np.float64).reshape(-1, order="F")


def _cut_off(path: Path, what: str) -> SimulationFailed:
    return SimulationFailed(f"{path.name} was not written to its end: {what}")
