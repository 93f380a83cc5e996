"""Tables that Geant4 dumps of a scoring mesh (G4VScoreWriter).

    # mesh name: YZ_Mesh
    # primitive scorer name: Dose
    # iX, iY, iZ, total(value) [Gy], total(val^2), entry
    0,0,0,1.5e-9,2.1e-18,3

Values are sums over all events of the run. Axes are those of the mesh: x, y, z, or for a cylinder
z, phi, r; a bin's centre is found from the macro that made the mesh.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from adapters.simulators.geant4.macro import Macro
from adapters.simulators.native.numbers import real, whole
from adapters.simulators.scored_output.scored_file import MEAN, ScoredFile, ScoredPage
from application.ports.simulator import InputFiles
from domain.errors import SimulationFailed
from domain.estimator import Axis

MESH = re.compile(r"^#\s*mesh name\s*:\s*(\S+)")
QUANTITY = re.compile(r"^#\s*primitive scorer name\s*:\s*(\S+)")
COLUMNS = re.compile(r"^#\s*i(\w+)\s*,\s*i(\w+)\s*,\s*i(\w+)\s*,\s*total\(value\)\s*(?:\[(.*?)\])?")
NAMES = {"X": "Position (X)", "Y": "Position (Y)", "Z": "Position (Z)", "R": "Radius (R)"}
ORDERS = (("X", "Y", "Z"), ("R", "PHI", "Z"))
CENTIMETRES = {"mm": 0.1, "cm": 1.0, "m": 100.0}


@dataclass(slots=True)
class Mesh:
    """A mesh as the macro makes it: lengths in cm, half sizes, bins by axis name."""

    cylinder: bool
    centre: tuple[float, float, float] = (0.0, 0.0, 0.0)
    size: Sequence[float] = ()
    bins: Mapping[str, int] = field(default_factory=dict)

    def axis(self, name: str, shift: Sequence[float]) -> Axis:
        """Return the bin centres of an axis; `shift` leads to the project's own."""
        count = self.bins[name]
        place = {"X": 0, "Y": 1, "Z": 2}.get(name)
        if place is None:
            high = self.size[0] if name == "R" else 360.0
            low = 0.0
        else:
            half = self.size[1] if self.cylinder else self.size[place]
            middle = self.centre[place] + shift[place]
            low, high = middle - half, middle + half
        edges = low + (high - low) * (np.arange(count) + 0.5) / count
        unit = "deg" if name == "PHI" else "cm"
        return Axis(NAMES.get(name, "Angle (PHI)"), unit, [round(float(x), 9) for x in edges])


def meshes(files: InputFiles) -> dict[str, Mesh]:
    """Return the meshes of the macro by name."""
    macro, found = Macro(files), dict[str, Mesh]()
    current: Mesh | None = None
    for line in macro.lines:
        words = line.split("#")[0].split()
        if not words:
            continue
        path = words[0].lower()
        if path in ("/score/create/boxmesh", "/score/create/cylindermesh") and len(words) > 1:
            current = found[words[1]] = Mesh("cylinder" in path)
        elif current is not None:
            _apply(current, path, words[1:])
    return found


def _apply(mesh: Mesh, path: str, words: Sequence[str]) -> None:
    values = [value for word in words if (value := real(word)) is not None]
    scale = CENTIMETRES.get(words[-1].lower(), 1.0) if words else 1.0
    if path == "/score/mesh/translate/xyz" and len(values) == 3:
        x, y, z = (value * scale for value in values)
        mesh.centre = (x, y, z)
    elif path in ("/score/mesh/boxsize", "/score/mesh/cylindersize"):
        mesh.size = [value * scale for value in values]
    elif path == "/score/mesh/nbin" and len(values) >= 3:
        order = ("R", "Z", "PHI") if mesh.cylinder else ("X", "Y", "Z")
        mesh.bins = {name: int(value) for name, value in zip(order, values, strict=False)}


@dataclass(slots=True)
class _Table:
    mesh: str
    quantity: str
    unit: str = ""
    axes: tuple[str, ...] = ()
    rows: list[str] = field(default_factory=list)


def read_tables(
    path: Path, primaries: int, made: Mapping[str, Mesh], shift: Sequence[float]
) -> ScoredFile:
    """Read the tables of a file; SimulationFailed says why it can't be used.

    Sums become means per primary of the task that dumped them.
    """
    text = path.read_text("utf-8", "replace")
    pages = [_page(path, table, primaries, made, shift) for table in _tables(text)]
    if not pages:
        raise SimulationFailed(f"{path.name} holds no results")
    return ScoredFile(pages, primaries, {"file_format": "geant4_csv"})


def _tables(text: str) -> Iterator[_Table]:
    table: _Table | None = None
    mesh = ""
    for line in text.splitlines():
        if match := MESH.match(line):
            mesh = match[1]
        elif match := QUANTITY.match(line):
            if table is not None:
                yield table
            table = _Table(mesh, match[1])
        elif table is not None and (match := COLUMNS.match(line)):
            table.axes, table.unit = (match[1], match[2], match[3]), match[4] or ""
        elif table is not None and line.strip() and not line.startswith("#"):
            table.rows.append(line)
    if table is not None:
        yield table


def _page(
    path: Path,
    table: _Table,
    primaries: int,
    made: Mapping[str, Mesh],
    shift: Sequence[float],
) -> ScoredPage:
    mesh = made.get(table.mesh)
    names = tuple(name.upper() for name in table.axes)
    if mesh is None or not mesh.size or set(names) != set(mesh.bins):
        raise SimulationFailed(f"{path.name}: the macro makes no mesh {table.mesh!r} like this")
    order = next(order for order in ORDERS if set(order) == set(names))
    shape = [mesh.bins[name] for name in order]
    values = np.full(shape, np.nan)
    for row in table.rows:
        index, value = _row(path, row, names, order)
        if any(place >= count for place, count in zip(index, shape, strict=True)):
            raise SimulationFailed(f"{path.name}: a bin lies outside of mesh {table.mesh!r}")
        values[index] = value
    if np.isnan(values).any():
        missing = int(np.isnan(values).sum())
        raise SimulationFailed(
            f"{path.name} was not written to its end: {missing} of {values.size} bins are missing"
        )
    axes = [mesh.axis(name, shift) for name in order if mesh.bins[name] > 1]
    unit = f"{table.unit}/prim" if table.unit else "1/prim"
    told = {"mesh": table.mesh, "quantity": table.quantity}
    flat = values.reshape(-1, order="F") / primaries
    return ScoredPage(table.quantity, unit, flat, axes, MEAN, told)


def _row(
    path: Path, row: str, names: Sequence[str], order: Sequence[str]
) -> tuple[tuple[int, ...], float]:
    parts = row.split(",")
    numbers = [whole(part) for part in parts[:3]]
    value = real(parts[3]) if len(parts) > 3 else None
    if len(parts) < 6 or value is None or any(n is None or n < 0 for n in numbers):
        raise SimulationFailed(f"{path.name} was not written to its end: {row[:80]!r}")
    by_name = dict(zip(names, numbers, strict=True))
    return tuple(by_name[name] or 0 for name in order), value
