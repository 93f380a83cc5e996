"""The scene as a CT image: a MetaImage whose numbers stand for material and density."""

import gzip
import io
import re
from collections.abc import Iterable, Mapping

import numpy as np

from adapters.simulators.mcsquare.composition import Composition
from adapters.simulators.mcsquare.footprint import beam_footprint
from adapters.simulators.mcsquare.grid import Axis, Floats, Grid, aligned_grid
from adapters.simulators.mcsquare.image_numbers import numbered
from adapters.simulators.mcsquare.materials import EMPTY, Filling
from adapters.simulators.mcsquare.partial_volumes import used_surfaces
from adapters.simulators.project.model import Project
from domain.errors import InvalidInput

FINEST = 0.1
"""Voxels of a millimetre (in cm), unless the scene would need too many."""

MOST_VOXELS = 6_000_000
MOST_BYTES = 1 << 30


def scene_grid(project: Project) -> Grid:
    """Return the grid of a scene: the world, one voxel of nothing around it, the whole beam."""
    surfaces = used_surfaces(project)
    low, high = surfaces[0].low, surfaces[0].high
    planes = [{float(low[axis]), float(high[axis])} for axis in range(3)]
    for axis, found in enumerate(planes):
        faces = (plane for surface in surfaces[1:] for plane in surface.planes(axis))
        found.update(plane for plane in faces if low[axis] < plane < high[axis])
    ends = [(float(a), float(b)) for a, b in zip(*beam_footprint(project), strict=True)]
    return aligned_grid(planes, (FINEST, FINEST, FINEST), 1, MOST_VOXELS, ends)


def image_files(grid: Grid, composition: Composition, fillings: list[Filling]) -> dict[str, bytes]:
    """Return the image, compressed, its header and the two tables that give it meaning."""
    image = numbered(composition, fillings)
    return {
        "CT.mhd": header(grid, "CT.raw"),
        "CT.raw.gz": gzip.compress(image.numbers.tobytes(), compresslevel=2, mtime=0),
        "density.txt": _table(image.densities),
        "material.txt": _table(image.materials),
    }


def _table(rows: Iterable[tuple[float, float]]) -> bytes:
    return "".join(f"{number:.9g} {value:.9g}\n" for number, value in rows).encode()


def header(grid: Grid, data_file: str) -> bytes:
    """Return a MetaImage header in mm; the image begins at the origin, as MCsquare expects."""
    sizes = " ".join(str(axis.count) for axis in grid.axes)
    spacings = " ".join(f"{axis.spacing * 10:.9g}" for axis in grid.axes)
    return (
        "ObjectType = Image\nNDims = 3\n"
        f"DimSize = {sizes}\nElementSpacing = {spacings}\nOffset = 0 0 0\n"
        "ElementType = MET_FLOAT\nElementByteOrderMSB = False\n"
        f"ElementDataFile = {data_file}\n"
    ).encode()


def read_header(text: bytes) -> Grid:
    """Return the grid of a MetaImage header, in cm, beginning at its offset."""
    fields = {
        match[1].lower(): match[2]
        for match in re.finditer(
            r"^\s*(\w+)\s*=\s*(.+?)\s*$", text.decode("utf-8", "replace"), re.M
        )
    }
    try:
        counts = [int(item) for item in fields["dimsize"].split()]
        spacings = [float(item) / 10 for item in fields["elementspacing"].split()]
        offsets = [float(item) / 10 for item in fields.get("offset", "0 0 0").split()]
        grid = Grid(*(Axis(*item) for item in zip(offsets, spacings, counts, strict=True)))
    except (KeyError, TypeError, ValueError):
        raise InvalidInput(
            "CT.mhd", "needs DimSize and ElementSpacing, three numbers each"
        ) from None
    if min(counts) < 1 or grid.size * 4 > MOST_BYTES:
        raise InvalidInput("CT.mhd", f"the image must not be larger than {MOST_BYTES >> 20} MiB")
    return grid


def expand_image(files: Mapping[str, bytes]) -> bytes:
    """Return the raw image; InvalidInput unless it is exactly as large as its header says."""
    size = read_header(files["CT.mhd"]).size * 4
    with gzip.open(io.BytesIO(files["CT.raw.gz"])) as packed:
        try:
            image = packed.read(size + 1)
        except (OSError, EOFError) as error:
            raise InvalidInput("CT.raw.gz", f"is damaged: {error}") from error
    if len(image) != size:
        raise InvalidInput("CT.raw.gz", f"does not hold the {size} bytes that CT.mhd announces")
    return image


def densities(image: bytes, table: bytes, grid: Grid) -> Floats:
    """Return the density (g/cm3) of each voxel, shape (nz, ny, nx); 0 where nothing scores.

    The engine takes densities between the rows of its table as they lie on straight lines.
    """
    rows = np.array([line.split() for line in table.decode().splitlines()], dtype=np.float64)
    numbers = np.frombuffer(image, dtype="<f4").reshape(grid.shape)
    values: Floats = np.interp(numbers, rows[:, 0], rows[:, 1])
    values[values <= EMPTY.density] = 0.0
    return values
