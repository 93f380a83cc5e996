"""Lattices on which voxels that surfaces cut are sampled, with the exact cuts of flat faces."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.overlaps import Indices
from adapters.simulators.mcsquare.surfaces import TOUCHING, Surface

POINTS = 200_000
"""Samples of all voxels of a kind together, by which their number in one is chosen."""

FEWEST, MOST = 32, 16_384
"""Samples of a voxel across the axes along which its surfaces curve."""

RATIOS = (0.0, 0.6180339887, 0.7548776662, 0.8191725134)
"""Of the sequence that fills 1, 2, 3 dimensions evenly: 1/g with g^(d+1) = g + 1 (M. Roberts, The
Unreasonable Effectiveness of Quasirandom Sequences, 2018). It runs along no plane of a solid, as
the rows of a regular lattice do along one turned by 45 degrees."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where voxels of one kind are sampled: `points` (cm) of shape (voxels, 3, samples).

    `weights`, shares of the voxel, have the shape (voxels, samples).
    """

    points: Floats
    weights: Floats


@dataclass(frozen=True, slots=True)
class Kind:
    """Voxels that are sampled in the same way: how many cells along each axis, and which curve.

    `indices` are those along x, y and z, shape (3, voxels). `fill` are points of a unit cube in as
    many dimensions as curve; `shifts` moves them in each voxel, shape (dimensions, voxels), or all
    voxels along a slanted face would be off by the same.
    """

    indices: Indices
    inner: Sequence[Sequence[Sequence[float]]]
    curved: NDArray[np.bool_]
    fill: Floats
    shifts: Floats

    @property
    def samples(self) -> int:
        """Samples in a voxel."""
        first = self.indices[:, 0]
        cells = [
            1 if self.curved[axis] else len(self.inner[axis][first[axis]]) + 1 for axis in range(3)
        ]
        return math.prod(cells) * int(self.fill.shape[1])

    def lattice(self, axes: Sequence[Axis], some: slice) -> Lattice:
        """Return the samples of some of the voxels."""
        indices = self.indices[:, some]
        count = indices.shape[1]
        places, weights = [], np.full((count, self.fill.shape[1]), 1 / self.fill.shape[1])
        used = 0
        for number, axis in enumerate(axes):
            low = axis.start + indices[number] * axis.spacing
            if self.curved[number]:
                inside = (self.fill[used] + self.shifts[used, some][:, None]) % 1.0
                places.append(low[:, None] + axis.spacing * inside)
                used += 1
            else:
                places.append(np.broadcast_to(low[:, None], weights.shape))
        points = np.stack(places, axis=1)
        for number, axis in enumerate(axes):
            if not self.curved[number]:
                middles, shares = _cells(axis, self.inner[number], indices[number])
                cells = middles.shape[1]
                points = np.repeat(points, cells, axis=2)
                points[:, number] = np.tile(middles, points.shape[2] // cells)
                weights = np.repeat(weights, cells, axis=1) * np.tile(
                    shares, points.shape[2] // cells
                )
        return Lattice(points, weights)


def kinds_of_voxels(
    surfaces: Sequence[Surface], grid: Grid, cut: tuple[Flags, Flags], first: Indices, finer: bool
) -> Iterator[tuple[Indices, Kind]]:
    """Return voxels that are cut, by how they are sampled, as flat indices of the layers."""
    z, y, x = np.nonzero(cut[0])
    if not z.size:
        return
    inner = [
        _planes_within(grid.axes[axis], {at for item in surfaces for at in item.planes(axis)})
        for axis in range(3)
    ]
    indices = np.stack([x, y, first[z]])
    curved = cut[1][:, z, y, x]
    kind = np.zeros(z.size, dtype=np.int64)
    for axis in range(3):
        counts = np.array([len(found) for found in inner[axis]], dtype=np.int64)
        kind = (kind * 2 + curved[axis]) * (counts.max() + 1) + counts[indices[axis]]
    flat = np.ravel_multi_index((z, y, x), cut[0].shape)
    for one in np.unique(kind):
        own = np.flatnonzero(kind == one)
        sampled = curved[:, own[0]]
        fill = _fill(int(sampled.sum()), own.size, finer)
        shifts = np.random.default_rng(int(finer)).random((fill.shape[0], own.size))
        yield flat[own], Kind(indices[:, own], inner, sampled, fill, shifts)


def _fill(dimensions: int, voxels: int, finer: bool) -> Floats:
    """Return points that fill a unit cube evenly, shape (dimensions, points)."""
    if not dimensions:
        return np.zeros((0, 1))
    count = int(np.clip(POINTS // voxels, FEWEST, MOST))
    if finer:
        count = 3 * count // 2
    steps = RATIOS[dimensions] ** np.arange(1, dimensions + 1)
    start = 0.25 if finer else 0.5
    return np.asarray((start + steps[:, None] * np.arange(count)) % 1.0)


def _planes_within(axis: Axis, planes: Iterable[float]) -> list[list[float]]:
    found: list[list[float]] = [[] for _ in range(axis.count)]
    for plane in sorted(planes):
        for index in range(axis.count)[cut_voxel(axis, plane)]:
            if not found[index] or plane - found[index][-1] > TOUCHING:
                found[index].append(plane)
    return found


def _cells(axis: Axis, inner: Sequence[Sequence[float]], voxels: Indices) -> tuple[Floats, Floats]:
    """Return middles and shares of the cells that flat faces cut voxels into along an axis."""
    low = axis.start + np.arange(axis.count) * axis.spacing
    table = {
        index: [low[index], *inner[index], low[index] + axis.spacing]
        for index in np.flatnonzero(np.bincount(voxels)).tolist()
    }
    places = np.zeros(axis.count, dtype=np.intp)
    places[list(table)] = np.arange(len(table))
    edges = np.array(list(table.values()))
    middles, widths = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges, axis=1)
    return middles[places[voxels]], widths[places[voxels]] / axis.spacing


def cut_voxel(axis: Axis, plane: float) -> slice:
    """Return the voxel that a plane cuts, none if it is a face or beyond the axis."""
    index = int(np.floor((plane - axis.start) / axis.spacing))
    rest = plane - axis.start - index * axis.spacing
    cut = 0 <= index < axis.count and TOUCHING < rest < axis.spacing - TOUCHING
    return slice(index, index + 1) if cut else slice(0, 0)
