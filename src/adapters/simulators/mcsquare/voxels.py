"""The scene as a CT image: a MetaImage whose numbers stand for material and density."""

import gzip
import io
import re
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.footprint import beam_footprint
from adapters.simulators.mcsquare.grid import Axis, Floats, Grid, aligned_grid
from adapters.simulators.mcsquare.materials import EMPTY, zone_fillings
from adapters.simulators.project.model import Project
from adapters.simulators.project.scene import OUTSIDE, WORLD, zone_numbers
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput

FINEST = 0.1
"""Voxels of a millimetre (in cm), unless the scene would need too many."""

MOST_VOXELS = 6_000_000
STEP = 100
"""Distance of the image numbers of two fillings: far enough for none to be taken for another."""

Numbers = NDArray[np.int16]
SLAB = 1_000_000
MOST_BYTES = 1 << 30


def scene_grid(project: Project) -> Grid:
    """Return the grid of a scene: the world, one voxel of nothing around it, the whole beam."""
    low, high = world_solid(project).bounds()
    planes = [{float(low[axis]), float(high[axis])} for axis in range(3)]
    for figure in project.figure_manager.figures:
        for corner in figure.geometry_data.bounds():
            for axis in range(3):
                if low[axis] < corner[axis] < high[axis]:
                    planes[axis].add(float(corner[axis]))
    ends = [(float(a), float(b)) for a, b in zip(*beam_footprint(project), strict=True)]
    return aligned_grid(planes, (FINEST, FINEST, FINEST), 1, MOST_VOXELS, ends)


def zones_on(project: Project, grid: Grid) -> Numbers:
    """Return the zone of each voxel's centre, shape (nz, ny, nx)."""
    xy = np.meshgrid(grid.x.centres(), grid.y.centres())
    x, y = xy[0].ravel(), xy[1].ravel()
    numbers = np.empty(grid.shape, dtype=np.int16)
    depth = max(1, SLAB // x.size)
    heights = grid.z.centres()
    for first in range(0, grid.z.count, depth):
        slab = heights[first : first + depth]
        points = np.stack([np.tile(x, slab.size), np.tile(y, slab.size), np.repeat(slab, x.size)])
        numbers[first : first + depth] = zone_numbers(project, points).reshape(
            slab.size, grid.y.count, grid.x.count
        )
    return numbers


def image_files(project: Project, grid: Grid, zones: Numbers) -> Mapping[str, bytes]:
    """Return the image, compressed, its header and the two tables that give it meaning."""
    fillings = zone_fillings(project)
    kinds = sorted({EMPTY, *fillings}, key=lambda item: (item.scores, item.number, item.density))
    number_of = {kind: STEP * position for position, kind in enumerate(kinds)}
    # Indices as in `zones`: the world is last, and -2 (outside) finds the emptiness before it.
    by_zone = [*fillings[:-1], EMPTY, fillings[-1]]
    assert (WORLD, OUTSIDE) == (-1, -2)
    table = np.array([number_of[kind] for kind in by_zone], dtype="<f4")
    return {
        "CT.mhd": header(grid, "CT.raw"),
        "CT.raw.gz": gzip.compress(table[zones].tobytes(), compresslevel=6, mtime=0),
        "density.txt": _table(
            (number, f"{kind.density:.9g}") for kind, number in number_of.items()
        ),
        "material.txt": _table(
            (number - STEP // 2 if number else 0, str(kind.number))
            for kind, number in number_of.items()
        ),
    }


def _table(rows: Iterable[tuple[int, str]]) -> bytes:
    return "".join(f"{number} {value}\n" for number, value in rows).encode()


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
    """Return the density (g/cm3) of each voxel, shape (nz, ny, nx); 0 where nothing scores."""
    rows = [line.split() for line in table.decode().splitlines() if line.strip()]
    values = np.array([float(row[1]) for row in rows])
    values[values <= EMPTY.density] = 0.0
    numbers = np.frombuffer(image, dtype="<f4").reshape(grid.shape)
    return np.asarray(values[(numbers / STEP + 0.5).astype(np.intp)])


def zones_file(zones: Numbers) -> bytes:
    """Return the zone of each voxel as a file."""
    return gzip.compress(zones.astype("<i2").tobytes(), compresslevel=6, mtime=0)


def read_zones(packed: bytes, grid: Grid) -> Numbers:
    """Return the zone of each voxel from its file, shape (nz, ny, nx)."""
    with gzip.open(io.BytesIO(packed)) as file:
        data = file.read(grid.size * 2 + 1)
    return np.frombuffer(data, dtype="<i2", count=grid.size).reshape(grid.shape).astype(np.int16)
