"""Reduce what one task scored on the grid to the bins of the detectors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare import voxels
from adapters.simulators.mcsquare.binning import binning, totals
from adapters.simulators.mcsquare.composition import read_composition
from adapters.simulators.mcsquare.config import (
    CONFIG,
    OUTPUTS,
    check_paths,
    scoring_start,
    values_of,
)
from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.matter import Scene
from adapters.simulators.mcsquare.scoring import SCORING, Scoring, read_scoring
from domain.errors import SimulationFailed

REDUCED = "scored.npz"
COMPOSITION = "composition.npz"
PRIMARIES = "primaries"
Floats32 = NDArray[np.float32]
EV_PER_MEV = 1e6
KEV_UM_TO_MEV_CM = 10.0


def reduce_project(folder: Path, primaries: int) -> Path:
    """Write the sums of a task whose input was made from a project; return their file.

    Per output: `energy_I` (MeV per primary and bin), `let_energy_I` (dose-averaged LET in MeV/cm
    times that energy) and `mass_I` (g); and the `primaries` that ran.
    """
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    grid = scoring_grid_of(files)
    scoring = read_scoring(files[SCORING])
    scene = _scene(files, scoring)
    binnings = [binning(output.region, grid, scene) for output in scoring.outputs]
    energy = _read(folder / OUTPUTS / "Energy.raw", grid.size)
    sums: dict[str, Floats] = {PRIMARIES: np.array([float(primaries)])}
    for index, found in enumerate(totals(binnings, energy, scene)):
        sums[f"energy_{index}"] = found / EV_PER_MEV
        sums[f"mass_{index}"] = binnings[index].masses
    if scoring.let:
        energy *= _read(folder / OUTPUTS / "LET.raw", grid.size)
        for index, found in enumerate(totals(binnings, energy, scene)):
            sums[f"let_energy_{index}"] = found / EV_PER_MEV * KEV_UM_TO_MEV_CM
    return write_sums(folder, sums)


def reduce_grid(folder: Path, primaries: int) -> Path:
    """Write all grids of a task whose input was given as files; return their file."""
    text = (folder / CONFIG).read_bytes()
    # It lies where the engine may write.
    check_paths(text)
    outputs = folder / values_of(text).get("output_directory", OUTPUTS)
    sums: dict[str, Floats] = {}
    for header in sorted(outputs.glob("*.mhd")):
        grid = voxels.read_header(header.read_bytes())
        sums[header.stem] = _read(header.with_suffix(".raw"), grid.size).astype(np.float64)
        sums[f"{header.stem}_grid"] = np.array(
            [(axis.start, axis.spacing, axis.count) for axis in grid.axes]
        )
    if not sums:
        raise SimulationFailed("MCsquare wrote no results")
    return write_sums(folder, {**sums, PRIMARIES: np.array([float(primaries)])})


def write_sums(folder: Path, sums: Mapping[str, Floats]) -> Path:
    """Write named arrays; return their file."""
    path = folder / REDUCED
    with path.open("wb") as file:
        np.savez(file, **sums)  # type: ignore[arg-type]  # any name is an array's
    return path


def image_grid_of(files: Mapping[str, bytes]) -> Grid:
    """Return the grid of the image in the lab's coordinates."""
    return voxels.read_header(files["CT.mhd"]).moved(read_scoring(files[SCORING]).origin)


def scoring_grid_of(files: Mapping[str, bytes]) -> Grid:
    """Return the scoring grid of a configuration, in the lab's coordinates."""
    values = values_of(files[CONFIG])
    image = image_grid_of(files)
    origin, spacing, count = (
        [float(item) for item in values[key].split()]
        for key in ("scoring_origin", "scoring_voxel_spacing", "scoring_grid_size")
    )
    axes = []
    for axis, o, s, n in zip(image.axes, origin, spacing, count, strict=True):
        start = scoring_start(o, s, int(n), axis, along_x=axis is image.x)
        axes.append(Axis(start, s, int(n)))
    return Grid(*axes)


def _scene(files: Mapping[str, bytes], scoring: Scoring) -> Scene:
    image = image_grid_of(files)
    if COMPOSITION in files:
        found = read_composition(files[COMPOSITION], image)
        return Scene.composed(image, found, scoring.fillings)
    return Scene.plain(image, voxels.densities(files["CT.raw"], files["density.txt"], image))


def _read(path: Path, size: int) -> Floats32:
    try:
        values = np.fromfile(path, dtype="<f4")
    except OSError as error:
        raise SimulationFailed(f"MCsquare wrote no {path.name}") from error
    if values.size != size:
        raise SimulationFailed(f"{path.name} holds {values.size} of {size} values")
    if not np.isfinite(values).all():
        raise SimulationFailed(f"{path.name} holds values that are not numbers")
    return values
