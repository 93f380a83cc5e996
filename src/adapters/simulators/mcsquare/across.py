"""Share a plane of voxels out to the bins of one layer of a detector.

A voxel of the image that the outline of a detector cuts gives each part of its matter whole to
the bin in which the middle of the part lies: what a phantom's surface leaves of a voxel goes to
the detector that coincides with the phantom, and nothing of it gets lost.
"""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.matter import Amounts, Parts
from adapters.simulators.mcsquare.overlaps import (
    NOWHERE,
    Edges,
    Indices,
    Pieces,
    bin_of,
    pieces,
    summed,
)
from adapters.simulators.mcsquare.rings import ring_areas
from adapters.simulators.mcsquare.scoring import Region

Cut = NDArray[np.bool_]


class Across(ABC):
    """The bins of one layer; `bins` is their number."""

    bins: int

    def __init__(self, grid: Grid, image: Grid) -> None:
        self._whole_x, self._whole_y = pieces(image.x, grid.x), pieces(image.y, grid.y)
        self._image = image
        self._cut: Cut | None = None

    def add_up(self, amounts: Amounts, z: int, spread: Floats | None) -> Floats:
        """Return the integral of amounts times spread over each bin, shape (bins,).

        `spread` is on a plane of the scoring grid, shape (ny, nx); None is 1 everywhere.
        """
        plane, parts = amounts.values[z], self._cut_parts(amounts, z)
        if parts is None:
            return self._inside(plane, spread)
        plane = plane.copy()
        plane.reshape(-1)[parts.voxels] = 0.0
        return self._inside(plane, spread) + self._of_parts(parts, spread)

    @abstractmethod
    def _inside(self, plane: Floats, spread: Floats | None) -> Floats:
        """Return what lies in each bin by exact overlap."""

    @abstractmethod
    def _outline(self) -> Cut:
        """Return which voxels of the image lie partly within the detector, shape (ny, nx)."""

    @abstractmethod
    def _bins_at(self, x: Floats, y: Floats) -> Indices:
        """Return the bin of each point, NOWHERE outside."""

    def _cut_parts(self, amounts: Amounts, z: int) -> Parts | None:
        parts = amounts.parts(z)
        if not parts.voxels.size:
            return None
        if self._cut is None:
            self._cut = self._outline().ravel()
        cut = self._cut[parts.voxels]
        if not cut.any():
            return None
        return Parts(parts.voxels[cut], parts.middles[cut], parts.amounts[cut])

    def _of_parts(self, parts: Parts, spread: Floats | None) -> Floats:
        x, y = self._whole_x, self._whole_y
        ones = np.ones((self._image.y.count, self._image.x.count))
        rows = summed(on_pieces(ones, spread, x, y) * x.width, x.image, self._image.x.count, 1)
        whole = summed(rows * y.width[:, None], y.image, self._image.y.count, 0).ravel()
        bins = self._bins_at(parts.middles[:, 0], parts.middles[:, 1])
        there = bins != NOWHERE
        got = parts.amounts[there] * whole[parts.voxels[there]]
        return np.asarray(np.bincount(bins[there], got, minlength=self.bins), dtype=np.float64)


def across(region: Region, grid: Grid, image: Grid) -> Across:
    """Return the bins of one layer of a region."""
    if region.kind == "Cyl":
        return _Rings(region, grid, image)
    if region.kind == "Mesh":
        return _Rectangles(region.edges[0], region.edges[1], grid, image)
    return _Everything(grid, image)


class _Everything(Across):
    """One bin over all."""

    bins = 1

    def _inside(self, plane: Floats, spread: Floats | None) -> Floats:
        found = on_pieces(plane, spread, self._whole_x, self._whole_y)
        return np.array([self._whole_y.width @ found @ self._whole_x.width])

    def _outline(self) -> Cut:
        return np.zeros((self._image.y.count, self._image.x.count), dtype=np.bool_)

    def _bins_at(self, x: Floats, y: Floats) -> Indices:
        return np.zeros(np.broadcast(x, y).shape, dtype=np.intp)


class _Rectangles(Across):
    """Bins with edges along x and y; x runs fastest."""

    def __init__(self, x: Edges, y: Edges, grid: Grid, image: Grid) -> None:
        super().__init__(grid, image)
        self._edges = x, y
        self._x = pieces(image.x, grid.x, x).inside()
        self._y = pieces(image.y, grid.y, y).inside()
        self.bins = x[2] * y[2]

    def _inside(self, plane: Floats, spread: Floats | None) -> Floats:
        x, y = self._x, self._y
        rows = summed(on_pieces(plane, spread, x, y) * x.width, x.bins, self._edges[0][2], 1)
        return summed(rows * y.width[:, None], y.bins, self._edges[1][2], 0).ravel()

    def _outline(self) -> Cut:
        touched, whole = [], []
        for axis, (low, high, _) in zip((self._image.x, self._image.y), self._edges, strict=True):
            faces = axis.faces()
            touched.append((faces[1:] > low) & (faces[:-1] < high))
            whole.append((faces[:-1] >= low) & (faces[1:] <= high))
        all_of = whole[1][:, None] & whole[0][None, :]
        return np.asarray(touched[1][:, None] & touched[0][None, :] & ~all_of)

    def _bins_at(self, x: Floats, y: Floats) -> Indices:
        columns, rows = bin_of(self._edges[0], x), bin_of(self._edges[1], y)
        outside = (columns == NOWHERE) | (rows == NOWHERE)
        return np.where(outside, NOWHERE, columns + self._edges[0][2] * rows)


class _Rings(Across):
    """Rings around the axis of a cylinder."""

    def __init__(self, region: Region, grid: Grid, image: Grid) -> None:
        super().__init__(grid, image)
        self._centre, self._edges = region.centre, region.edges[0]
        self.bins = self._edges[2]
        x, y = self._whole_x, self._whole_y
        low = self._corners(x.low, y.low)
        self._shared = ring_areas(low, self._corners(x.low + x.width, y.low + y.width), self._edges)

    def _corners(self, x: Floats, y: Floats) -> Floats:
        """Return points of a plane seen from the axis, shape (2, y times x)."""
        columns, rows = np.meshgrid(x - self._centre[0], y - self._centre[1])
        return np.stack([columns.ravel(), rows.ravel()])

    def _inside(self, plane: Floats, spread: Floats | None) -> Floats:
        found = on_pieces(plane, spread, self._whole_x, self._whole_y).ravel()
        got = found[self._shared.rectangles] * self._shared.areas
        return np.asarray(np.bincount(self._shared.rings, got, minlength=self.bins), dtype=float)

    def _outline(self) -> Cut:
        x, y = self._image.x.faces(), self._image.y.faces()
        low, high = self._corners(x[:-1], y[:-1]), self._corners(x[1:], y[1:])
        near = np.hypot(*np.maximum(0.0, np.maximum(low, -high)))
        far = np.hypot(*np.maximum(np.abs(low), np.abs(high)))
        inner, outer, _ = self._edges
        return np.asarray((near < outer) & (far > inner) & ~((near >= inner) & (far <= outer)))

    def _bins_at(self, x: Floats, y: Floats) -> Indices:
        return bin_of(self._edges, np.hypot(x - self._centre[0], y - self._centre[1]))


def on_pieces(plane: Floats, spread: Floats | None, x: Pieces, y: Pieces) -> Floats:
    """Return a plane of the image, times one of the scoring grid, on pieces, shape (y, x)."""
    found = plane.take(y.image, 0).take(x.image, 1)
    return found if spread is None else found * spread.take(y.voxel, 0).take(x.voxel, 1)
