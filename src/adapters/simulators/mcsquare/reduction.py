"""Reduce what one task scored on the grid to the bins of the detectors."""

import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import numpy as np

from adapters.simulators.mcsquare import voxels
from adapters.simulators.mcsquare.binning import Binning, Scene, binning
from adapters.simulators.mcsquare.config import (
    CONFIG,
    OUTPUTS,
    check_paths,
    values_of,
    with_share,
)
from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.scoring import SCORING, read_scoring
from domain.errors import SimulationFailed

REDUCED = "scored.npz"
ZONES = "zones.raw.gz"
EV_PER_MEV = 1e6
KEV_UM_TO_MEV_CM = 10.0


def reduce_project(folder: Path) -> Path:
    """Write the sums of a task whose input was made from a project; return their file.

    Per output: `energy_I` (MeV per primary and bin), `let_energy_I` (dose-averaged LET in MeV/cm
    times that energy) and `mass_I` (g).
    """
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    grid = scoring_grid_of(files)
    energy = _read(folder / OUTPUTS / "Energy.raw", grid.size) / EV_PER_MEV
    scoring = read_scoring(files[SCORING])
    let = None
    if scoring.let:
        let = _read(folder / OUTPUTS / "LET.raw", grid.size) * KEV_UM_TO_MEV_CM
    sums: dict[str, Floats] = {}
    for index, shared in enumerate(_binnings(files)):
        sums[f"energy_{index}"] = shared.total(energy)
        sums[f"mass_{index}"] = shared.masses
        if let is not None:
            sums[f"let_energy_{index}"] = shared.total(let * energy)
    return write_sums(folder, sums)


def reduce_grid(folder: Path) -> Path:
    """Write all grids of a task whose input was given as files; return their file."""
    text = (folder / CONFIG).read_bytes()
    # It lies where the engine may write.
    check_paths(text)
    outputs = folder / values_of(text).get("output_directory", OUTPUTS)
    sums: dict[str, Floats] = {}
    for header in sorted(outputs.glob("*.mhd")):
        grid = voxels.read_header(header.read_bytes())
        sums[header.stem] = _read(header.with_suffix(".raw"), grid.size)
        sums[f"{header.stem}_grid"] = np.array(
            [(axis.start, axis.spacing, axis.count) for axis in grid.axes]
        )
    if not sums:
        raise SimulationFailed("MCsquare wrote no results")
    return write_sums(folder, sums)


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
    axes = zip(image.axes, origin, spacing, count, strict=True)
    return Grid(*(Axis(axis.start + o, s, int(n)) for axis, o, s, n in axes))


def _read(path: Path, size: int) -> Floats:
    try:
        values = np.fromfile(path, dtype="<f4")
    except OSError as error:
        raise SimulationFailed(f"MCsquare wrote no {path.name}") from error
    if values.size != size:
        raise SimulationFailed(f"{path.name} holds {values.size} of {size} values")
    if not np.isfinite(values).all():
        raise SimulationFailed(f"{path.name} holds values that are not numbers")
    return values.astype(np.float64)


def _binnings(files: Mapping[str, bytes]) -> tuple[Binning, ...]:
    """Return the binning of each output; tasks of one job on one worker share the work."""
    names = (CONFIG, "CT.mhd", "CT.raw", "density.txt", SCORING, ZONES)
    scene = tuple(
        (name, _without_share(files[name]) if name == CONFIG else files[name])
        for name in names
        if name in files
    )
    with _ONE_AT_A_TIME:
        return _binnings_of(scene)


_ONE_AT_A_TIME = threading.Lock()
"""Tasks that end together would all do the same work before the first result is kept."""


def _without_share(config: bytes) -> bytes:
    """Return a configuration as it is for all tasks of a job."""
    return with_share(config, 1, 1)


@lru_cache(maxsize=2)
def _binnings_of(scene: tuple[tuple[str, bytes], ...]) -> tuple[Binning, ...]:
    files = dict(scene)
    image = image_grid_of(files)
    density = voxels.densities(files["CT.raw"], files["density.txt"], image)
    zones = voxels.read_zones(files[ZONES], image) if ZONES in files else None
    grid = scoring_grid_of(files)
    return tuple(
        binning(output.region, grid, Scene(image, density, zones))
        for output in read_scoring(files[SCORING]).outputs
    )
