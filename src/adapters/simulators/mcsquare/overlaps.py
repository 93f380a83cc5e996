"""Exact overlaps of regular axes: the pieces that the faces of several of them cut a line into."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Axis, Floats

Indices = NDArray[np.intp]
Edges = tuple[float, float, int]
"""Bins of equal width: where the first begins, where the last ends, their number."""

NOWHERE = -1
SLIVER = 1e-7
"""Faces closer than this (cm) are the same face."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Pieces of a line in order, each within one voxel of the image, one of the scoring grid.

    `image`, `voxel` and `bins` (NOWHERE beyond the bins), `low` and `width` in cm; shape (pieces,).
    """

    image: Indices
    voxel: Indices
    bins: Indices
    low: Floats
    width: Floats

    def inside(self) -> "Pieces":
        """Return the pieces that lie in a bin."""
        kept = self.bins != NOWHERE
        return Pieces(
            self.image[kept], self.voxel[kept], self.bins[kept], self.low[kept], self.width[kept]
        )


def pieces(image: Axis, grid: Axis, bins: Edges | None = None) -> Pieces:
    """Return the pieces of what image and grid have in common; without `bins` all are bin 0."""
    low, high = max(image.start, grid.start), min(image.end, grid.end)
    faces = [image.faces(), grid.faces(), np.array([low, high])]
    if bins is not None:
        faces.append(np.linspace(bins[0], bins[1], bins[2] + 1))
    edges = np.unique(np.concatenate(faces))
    edges = edges[(edges >= low) & (edges <= high)]
    widths = np.diff(edges)
    wide = widths > SLIVER
    starts, widths = edges[:-1][wide], widths[wide]
    middle = starts + widths / 2
    return Pieces(
        _index(image, middle),
        _index(grid, middle),
        np.zeros(middle.size, dtype=np.intp) if bins is None else bin_of(bins, middle),
        starts,
        widths,
    )


def summed(values: Floats, groups: Indices, count: int, axis: int) -> Floats:
    """Return sums of neighbours of one group along an axis; groups ascend, none is NOWHERE."""
    shape = list(values.shape)
    shape[axis] = count
    result = np.zeros(shape)
    if groups.size:
        first = np.flatnonzero(np.diff(groups, prepend=groups[0] - 1))
        places = [slice(None)] * values.ndim
        where: list[slice | Indices] = [*places]
        where[axis] = groups[first]
        result[tuple(where)] = np.add.reduceat(values, first, axis=axis)
    return result


def _index(axis: Axis, values: Floats) -> Indices:
    found = np.floor((values - axis.start) / axis.spacing).astype(np.intp)
    return np.clip(found, 0, axis.count - 1)


def bin_of(edges: Edges, values: Floats) -> Indices:
    """Return the bin of each value, NOWHERE beyond them."""
    low, high, count = edges
    found = np.floor((values - low) / (high - low) * count).astype(np.intp)
    return np.where((found < 0) | (found >= count), NOWHERE, found)
