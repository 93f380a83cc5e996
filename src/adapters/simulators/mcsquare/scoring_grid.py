"""The one grid that MCsquare scores on, fine enough for all detectors."""

from collections.abc import Iterable

import numpy as np

from adapters.simulators.mcsquare.grid import Grid, aligned_grid
from adapters.simulators.mcsquare.scoring import Region

MOST_VOXELS = 8_000_000
BETWEEN_RINGS = 6
"""Voxels across a ring of a cylinder: what a ring gets is shared out by area."""

MOST_PLANES = 20_000


def scoring_grid(regions: Iterable[Region], image: Grid) -> Grid:
    """Return a grid within the image whose voxels do not straddle bins, if there can be one."""
    planes: list[set[float]] = [set(), set(), set()]
    widths = [image.x.end - image.x.start, image.y.end - image.y.start, image.z.end - image.z.start]
    for region in regions:
        for axis, (low, high, count) in enumerate(_extents(region, image)):
            count = min(count, MOST_PLANES)
            planes[axis].update(np.linspace(low, high, count + 1).tolist())
            widths[axis] = min(widths[axis], (high - low) / count)
            if region.kind == "Cyl" and axis < 2:
                inner, outer, rings = region.edges[0]
                widths[axis] = min(widths[axis], (outer - inner) / rings / BETWEEN_RINGS)
    return aligned_grid(planes, widths, margin=0, most=MOST_VOXELS)


def _extents(region: Region, image: Grid) -> list[tuple[float, float, int]]:
    """Return (low, high, bins) along x, y and z; a whole scene has the voxels of its image."""
    if region.kind == "Mesh":
        return region.edges
    if region.kind == "Cyl":
        (_, radius, _), along = region.edges
        x, y = region.centre
        return [(x - radius, x + radius, 1), (y - radius, y + radius, 1), along]
    return [(axis.start, axis.end, axis.count) for axis in image.axes]
