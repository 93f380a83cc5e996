"""Lattices on which voxels that surfaces cut are sampled, with the exact cuts of flat faces."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.overlaps import Indices
from adapters.simulators.mcsquare.surfaces import TOUCHING, Surface

POINTS = 200_000
"""Samples of a kind of voxel, by which the lattice is chosen."""

COARSEST, FINEST = 3, 64
"""Samples along an axis of a voxel."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Where voxels of one kind are sampled: per axis, places and weights of shape (voxels, n).

    Weights are shares of the voxel along that axis.
    """

    places: tuple[Floats, Floats, Floats]
    weights: tuple[Floats, Floats, Floats]

    @property
    def size(self) -> int:
        """Samples in a voxel."""
        return int(np.prod([item.shape[1] for item in self.places]))


def kinds_of_voxels(
    surfaces: Sequence[Surface],
    grid: Grid,
    cut: tuple[Flags, Flags],
    first: Indices,
    finer: int,
) -> Iterator[tuple[Indices, Indices, Indices, Lattice]]:
    """Return voxels that are cut (z, y, x; z among the layers), by how they are sampled."""
    z, y, x = np.nonzero(cut[0])
    if not z.size:
        return
    planes = [
        sorted({plane for surface in surfaces for plane in surface.planes(axis)})
        for axis in range(3)
    ]
    inner = [_planes_within(axis, found) for axis, found in zip(grid.axes, planes, strict=True)]
    place = (x, y, first[z])
    curved = cut[1][:, z, y, x]
    kind = np.zeros(z.size, dtype=np.int64)
    for axis in range(3):
        counts = np.array([len(found) for found in inner[axis]], dtype=np.int64)
        kind = (kind * 2 + curved[axis]) * (counts.max() + 1) + counts[place[axis]]
    for one in np.unique(kind):
        of_kind = kind == one
        sampled = curved[:, int(np.argmax(of_kind))]
        dimensions = int(sampled.sum())
        closest = (POINTS / of_kind.sum()) ** (1 / dimensions) if dimensions else 1
        count = int(np.clip(closest, COARSEST, FINEST)) + finer
        cells = [
            _cells(axis, found, count if more else 1, place[number][of_kind])
            for number, (axis, found, more) in enumerate(
                zip(grid.axes, inner, sampled, strict=True)
            )
        ]
        (px, wx), (py, wy), (pz, wz) = cells
        yield z[of_kind], y[of_kind], x[of_kind], Lattice((px, py, pz), (wx, wy, wz))


def _planes_within(axis: Axis, planes: Sequence[float]) -> list[list[float]]:
    found: list[list[float]] = [[] for _ in range(axis.count)]
    for plane in planes:
        for index in range(axis.count)[cut_voxel(axis, plane)]:
            if not found[index] or plane - found[index][-1] > TOUCHING:
                found[index].append(plane)
    return found


def _cells(
    axis: Axis, inner: Sequence[Sequence[float]], count: int, voxels: Indices
) -> tuple[Floats, Floats]:
    """Return middles and shares of the cells that voxels are cut into along an axis."""
    different, places = np.unique(voxels, return_inverse=True)
    rows = []
    for index in different.tolist():
        low = axis.start + index * axis.spacing
        even = low + axis.spacing * np.arange(count + 1) / count
        rows.append(np.sort(np.concatenate([even, inner[index]])))
    edges = np.array(rows)
    middles, widths = (edges[:, 1:] + edges[:, :-1]) / 2, np.diff(edges, axis=1)
    return middles[places], widths[places] / axis.spacing


def cut_voxel(axis: Axis, plane: float) -> slice:
    """Return the voxel that a plane cuts, none if it is a face or beyond the axis."""
    index = int(np.floor((plane - axis.start) / axis.spacing))
    rest = plane - axis.start - index * axis.spacing
    cut = 0 <= index < axis.count and TOUCHING < rest < axis.spacing - TOUCHING
    return slice(index, index + 1) if cut else slice(0, 0)
