"""What Geant4 dumps of its scoring meshes (G4VScoreWriter), read and kept.

    # mesh name: YZ_Mesh
    # primitive scorer name: Dose
    # iX, iY, iZ, total(value) [Gy], total(val^2), entry
    0,0,0,1.5e-9,2.1e-18,3

The text is read once, when its task ends. What the merge needs of it is kept as arrays, smaller and
read in no time.
"""

import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.scored_output.scored_file import Values
from domain.errors import SimulationFailed

MESH = re.compile(r"^#\s*mesh name\s*:\s*(\S+)")
QUANTITY = re.compile(r"^#\s*primitive scorer name\s*:\s*(\S+)")
COLUMNS = re.compile(r"^#\s*i(\w+)\s*,\s*i(\w+)\s*,\s*i(\w+)\s*,\s*total\(value\)\s*(?:\[(.*?)\])?")
ORDERS = (("X", "Y", "Z"), ("R", "PHI", "Z"))
"""The order of a page's axes, the first running fastest."""

KEPT = ".npz"
ROW = np.dtype([("a", "i4"), ("b", "i4"), ("c", "i4"), ("sum", "f8"), ("entries", "f8")])
USED = (0, 1, 2, 3, 5)
"""Columns that are read; the last one tells that a line was written to its end."""

ROWS_AT_ONCE = 100_000

Rows = NDArray[np.void]
"""Lines of a table, of the type ROW."""

Bins = Mapping[str, Mapping[str, int]]
"""The bins of each axis of each mesh that the macro makes."""


@dataclass(frozen=True, slots=True)
class Dump:
    """One quantity of one mesh: sums over all events of a run, shape (bins of each axis)."""

    mesh: str
    quantity: str
    unit: str
    axes: tuple[str, ...]
    sums: Values


def read_dumps(path: Path, bins: Bins) -> list[Dump]:
    """Read the tables of a text; SimulationFailed says why it can't be used."""
    reader = _Reader(path.name, bins)
    with path.open(encoding="utf-8", errors="replace") as file:
        for is_comment, lines in groupby(file, lambda line: line.startswith("#")):
            reader.take(is_comment, lines)
    return reader.result()


def keep_dumps(path: Path, dumps: Sequence[Dump]) -> Path:
    """Write tables beside their text `path` and return the file."""
    kept = path.with_name(path.name + KEPT)
    headings = [[item.mesh, item.quantity, item.unit, item.axes] for item in dumps]
    arrays: dict[str, NDArray[Any]] = {str(number): item.sums for number, item in enumerate(dumps)}
    arrays["headings"] = np.array(json.dumps(headings))
    with kept.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # any name is an array's
    return kept


def kept_dumps(path: Path) -> list[Dump]:
    """Read what `keep_dumps` wrote; SimulationFailed if it is broken."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            headings = json.loads(str(arrays["headings"]))
            return [
                Dump(mesh, quantity, unit, tuple(axes), arrays[str(number)])
                for number, (mesh, quantity, unit, axes) in enumerate(headings)
            ]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise SimulationFailed(f"{path.name} of a task can't be read: {error}") from error


class _Reader:
    """Takes comments and the rows behind them in turn."""

    def __init__(self, name: str, bins: Bins) -> None:
        self._name = name
        self._bins = bins
        self._mesh = ""
        self._quantity: str | None = None
        self._columns: re.Match[str] | None = None
        self._found: list[Dump] = []

    def take(self, is_comment: bool, lines: Iterable[str]) -> None:
        if is_comment:
            for line in lines:
                self._take_comment(line)
        elif self._columns is not None:
            self._found.append(self._table(self._columns, lines))
            self._quantity = self._columns = None

    def result(self) -> list[Dump]:
        if self._quantity is not None:
            raise self._cut_off(f"{self._quantity} has no rows")
        if not self._found:
            raise SimulationFailed(f"{self._name} holds no results")
        return self._found

    def _take_comment(self, line: str) -> None:
        if match := MESH.match(line):
            self._mesh = match[1]
        elif match := QUANTITY.match(line):
            self._quantity = match[1]
        elif match := COLUMNS.match(line):
            self._columns = match

    def _table(self, columns: re.Match[str], lines: Iterable[str]) -> Dump:
        names = [name.upper() for name in columns.groups()[:3]]
        bins = self._bins.get(self._mesh, {})
        order = next((order for order in ORDERS if set(order) == set(names) == set(bins)), None)
        if order is None:
            reason = f"the macro makes no mesh {self._mesh!r} like this"
            raise SimulationFailed(f"{self._name}: {reason}")
        sums = np.full([bins[name] for name in order], np.nan)
        places = [names.index(name) for name in order]
        rows = (line for line in lines if line.strip())
        while portion := list(islice(rows, ROWS_AT_ONCE)):
            self._fill(sums, self._numbers(portion), places)
        missing = int(np.isnan(sums).sum())
        if missing:
            raise self._cut_off(f"{missing} of {sums.size} bins are missing")
        return Dump(self._mesh, self._quantity or "", columns[4] or "", order, sums)

    def _numbers(self, lines: Sequence[str]) -> Rows:
        """Return rows as a structured array, shape (rows,)."""
        try:
            return np.loadtxt(lines, ROW, delimiter=",", usecols=USED, ndmin=1, comments=None)
        except (ValueError, IndexError, OverflowError) as error:
            raise self._cut_off(f"{lines[-1].strip()[:80]!r} ({error})") from error

    def _fill(self, sums: Values, rows: Rows, places: Sequence[int]) -> None:
        index = np.stack([rows[name] for name in ("a", "b", "c")])[list(places)]
        if (index < 0).any() or (index >= np.array(sums.shape)[:, None]).any():
            raise SimulationFailed(f"{self._name}: a bin lies outside of mesh {self._mesh!r}")
        sums[tuple(index)] = rows["sum"]

    def _cut_off(self, what: str) -> SimulationFailed:
        return SimulationFailed(f"{self._name} was not written to its end: {what}")
