"""What was dumped of Geant4's scoring meshes, as pages.

Values are sums over all events of the run. Axes are those of the mesh: x, y, z, or for a cylinder
z, phi, r; a bin's centre is found from the macro that made the mesh.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from adapters.simulators.geant4.dumps import KEPT, Dump, keep_dumps, kept_dumps, read_dumps
from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.native.numbers import real
from adapters.simulators.scored_output.scored_file import MEAN, ScoredFile, ScoredPage
from application.ports.simulator import InputFiles
from domain.errors import SimulationFailed
from domain.estimator import Axis

NAMES = {"X": "Position (X)", "Y": "Position (Y)", "Z": "Position (Z)", "R": "Radius (R)"}
PROBE, LOCATE = "/score/create/probe", "/score/probe/locate"
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
    for words in ([word.text for word in line.words] for line in macro.lines):
        if not words:
            continue
        path = words[0].lower()
        if path in ("/score/create/boxmesh", "/score/create/cylindermesh") and len(words) > 1:
            current = found[words[1]] = Mesh("cylinder" in path)
        elif path == PROBE and len(words) > 1:
            current = found[words[1]] = _probe(words[2:])
        elif current is not None:
            _apply(current, path, words[1:])
    return found


def _probe(words: Sequence[str]) -> Mesh:
    """Return a cube, of which there will be as many along x as places are told for it."""
    half = next((value for word in words if (value := real(word)) is not None), 1.0)
    scale = CENTIMETRES.get(words[-1].lower(), 1.0) if words else 1.0
    return Mesh(False, size=[half * scale] * 3, bins={"X": 0, "Y": 1, "Z": 1})


def _apply(mesh: Mesh, path: str, words: Sequence[str]) -> None:
    values = [value for word in words if (value := real(word)) is not None]
    scale = CENTIMETRES.get(words[-1].lower(), 1.0) if words else 1.0
    if path in ("/score/mesh/translate/xyz", LOCATE) and len(values) == 3:
        x, y, z = (value * scale for value in values)
        mesh.centre = (x, y, z)
        if path == LOCATE:
            mesh.bins = {**mesh.bins, "X": mesh.bins.get("X", 0) + 1}
    elif path in ("/score/mesh/boxsize", "/score/mesh/cylindersize"):
        mesh.size = [value * scale for value in values]
    elif path == "/score/mesh/nbin" and len(values) >= 3:
        order = ("R", "Z", "PHI") if mesh.cylinder else ("X", "Y", "Z")
        mesh.bins = {name: int(value) for name, value in zip(order, values, strict=False)}


def condensed(path: Path, made: Mapping[str, Mesh]) -> Path:
    """Read a dumped text and keep what it says beside it; SimulationFailed if it is no good."""
    return keep_dumps(path, read_dumps(path, _bins(made)))


def find_tables(folder: Path, name: str) -> Path | None:
    """Return what was kept of a dumped file, or the text where only that was."""
    text = folder / Path(name).name
    places = (text.with_name(text.name + KEPT), text)
    return next((path for path in places if path.is_file()), None)


def dumped_name(path: Path) -> str:
    """Return the name under which the macro dumped what a file keeps."""
    return path.name.removesuffix(KEPT)


def read_tables(
    path: Path, primaries: int, made: Mapping[str, Mesh], shift: Sequence[float]
) -> ScoredFile:
    """Return the tables that were kept of a task's file; SimulationFailed if they are no good.

    Sums become means per primary of the task that dumped them.
    """
    dumps = kept_dumps(path) if path.suffix == KEPT else read_dumps(path, _bins(made))
    pages = [_page(path, dump, primaries, made, shift) for dump in dumps]
    return ScoredFile(pages, primaries, {"file_format": "geant4_csv"})


def _bins(made: Mapping[str, Mesh]) -> Mapping[str, Mapping[str, int]]:
    return {name: mesh.bins for name, mesh in made.items()}


def _page(
    path: Path, dump: Dump, primaries: int, made: Mapping[str, Mesh], shift: Sequence[float]
) -> ScoredPage:
    mesh = made.get(dump.mesh)
    if (
        mesh is None
        or not mesh.size
        or [mesh.bins.get(name) for name in dump.axes] != list(dump.sums.shape)
    ):
        raise SimulationFailed(f"{path.name}: the macro makes no mesh {dump.mesh!r} like this")
    axes = [mesh.axis(name, shift) for name in dump.axes if mesh.bins[name] > 1]
    unit = f"{dump.unit}/prim" if dump.unit else "1/prim"
    told = {"mesh": dump.mesh, "quantity": dump.quantity}
    # A run that no primaries of a task were left for has nothing to say, and weighs nothing.
    flat = dump.sums.reshape(-1, order="F") / max(primaries, 1)
    return ScoredPage(dump.quantity, unit, flat, axes, MEAN, told)
