"""Regular grids, and spacings whose voxel faces fall on given planes. Lengths are in cm."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

UNIT = 1e-4
"""Planes are told apart to a micrometre (in cm)."""


@dataclass(frozen=True, slots=True)
class Axis:
    """Voxels along one axis: the first begins at `start`, all are `spacing` wide."""

    start: float
    spacing: float
    count: int

    @property
    def end(self) -> float:
        """Where the last voxel ends."""
        return self.start + self.spacing * self.count

    def centres(self) -> Floats:
        """Return the middle of each voxel, shape (count,)."""
        return np.asarray(self.start + self.spacing * (np.arange(self.count) + 0.5))

    def faces(self) -> Floats:
        """Return where each voxel begins, and where the last ends, shape (count + 1,)."""
        return np.asarray(self.start + self.spacing * np.arange(self.count + 1))

    def reaching(self, low: float, high: float) -> "Axis":
        """Return the axis with as many voxels more at its ends as it takes to hold both values."""
        before = max(0, math.ceil((self.start - low) / self.spacing))
        after = max(0, math.ceil((high - self.end) / self.spacing))
        return Axis(self.start - before * self.spacing, self.spacing, before + self.count + after)


@dataclass(frozen=True, slots=True)
class Grid:
    """Voxels along x, y and z; arrays on it have the shape (nz, ny, nx)."""

    x: Axis
    y: Axis
    z: Axis

    @property
    def axes(self) -> tuple[Axis, Axis, Axis]:
        """The three axes."""
        return self.x, self.y, self.z

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of arrays on the grid."""
        return self.z.count, self.y.count, self.x.count

    def moved(self, by: Sequence[float]) -> "Grid":
        """Return the grid shifted by a vector."""
        return Grid(
            *(
                Axis(axis.start + shift, axis.spacing, axis.count)
                for axis, shift in zip(self.axes, by, strict=True)
            )
        )

    @property
    def size(self) -> int:
        """Number of voxels."""
        return self.x.count * self.y.count * self.z.count


def aligned_axis(planes: Iterable[float], longest: float, margin: int) -> Axis:
    """Return an axis from the lowest to the highest plane and `margin` voxels beyond each.

    Voxels are at most `longest` wide, and all planes are voxel faces if that takes voxels no
    narrower than a quarter of it; otherwise the lowest plane is one.
    """
    units = sorted({round(plane / UNIT) for plane in planes})
    step = math.gcd(*(unit - units[0] for unit in units[1:])) * UNIT
    spacing = step / math.ceil(step / longest - 1e-09) if step >= longest / 4 else longest
    low, high = units[0] * UNIT, units[-1] * UNIT
    count = math.ceil((high - low) / spacing - 1e-6)
    return Axis(low - margin * spacing, spacing, count + 2 * margin)


def aligned_grid(
    planes: Sequence[Iterable[float]],
    longest: Sequence[float],
    margin: int,
    most: int,
    reach: Sequence[tuple[float, float]] | None = None,
) -> Grid:
    """Return a grid along x, y, z for their planes, coarsened to at most `most` voxels.

    `reach` gives, per axis, values that the grid must hold as well, on no face in particular.
    """
    sets = [sorted(set(item)) for item in planes]
    ends = reach or [(item[0], item[-1]) for item in sets]
    factor = 1.0
    while True:
        axes = [
            aligned_axis(item, width * factor, margin).reaching(*end)
            for item, width, end in zip(sets, longest, ends, strict=True)
        ]
        grid = Grid(*axes)
        if grid.size <= most:
            return grid
        factor *= 1.25
