"""Where the surfaces of solids cut voxels: flat ones exactly, curved and slanted ones safely."""

from dataclasses import dataclass

import numpy as np

from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.project.geometry import Inside, Solid, rotation_matrix

ALONG_AXES = 1e-9
"""How far a turned axis may be from one of the lab."""

TOUCHING = 1e-7
"""Faces closer than this (cm) are the same face."""


@dataclass(frozen=True, slots=True)
class Surface:
    """A solid's box in the lab (cm), and along which axes it has nothing but flat faces."""

    solid: Solid
    low: Floats
    high: Floats
    flat: tuple[bool, bool, bool]

    def planes(self, axis: int) -> list[float]:
        """Return where its flat faces across an axis lie."""
        return [float(self.low[axis]), float(self.high[axis])] if self.flat[axis] else []

    @property
    def curved(self) -> tuple[int, ...]:
        """The axes along which its surface varies otherwise."""
        return tuple(axis for axis in range(3) if not self.flat[axis])


def surface_of(solid: Solid) -> Surface:
    """Return what is known of a solid's surface."""
    low, high = solid.bounds()
    turned = np.abs(rotation_matrix(solid.rotation))
    own = turned > 1 - ALONG_AXES
    if solid.geometry_type == "BoxGeometry":
        flat = bool(own.any(axis=0).all())
        return Surface(solid, low, high, (flat, flat, flat))
    if solid.geometry_type == "SphereGeometry":
        return Surface(solid, low, high, (False, False, False))
    x, y, z = (bool(value) for value in own[:, 2])
    return Surface(solid, low, high, (x, y, z))


def span(axis: Axis, low: float, high: float) -> slice:
    """Return the voxels that have more than a face in common with an interval."""
    first = int(np.floor((low + TOUCHING - axis.start) / axis.spacing))
    last = int(np.ceil((high - TOUCHING - axis.start) / axis.spacing))
    return slice(min(max(first, 0), axis.count), min(max(last, 0), axis.count))


def cut_by_curve(surface: Surface, grid: Grid, heights: Floats, where: tuple[slice, ...]) -> Inside:
    """Return which voxels of a part of the grid the curved or slanted surface may cut.

    `heights` are centres along z. No voxel that is cut is missed: a voxel is taken for the box
    around it in the solid's own axes. Shape (nz, ny, nx) of the part.
    """
    x, y = grid.x.centres()[where[2]], grid.y.centres()[where[1]]
    solid = surface.solid
    centre, matrix = np.array(solid.position), rotation_matrix(solid.rotation)
    shifted = (
        x[None, None, :] - centre[0],
        y[None, :, None] - centre[1],
        heights[:, None, None] - centre[2],
    )
    own = [sum(matrix[lab, axis] * shifted[lab] for lab in range(3)) for axis in range(3)]
    reach = np.abs(matrix.T) @ np.array([axis.spacing / 2 for axis in grid.axes])
    shape = (heights.size, y.size, x.size)
    inside, touched = _bounds(surface, own, reach)
    return np.asarray(np.broadcast_to(touched & ~inside, shape))


def _bounds(surface: Surface, own: "list[Floats]", reach: Floats) -> tuple[Inside, Inside]:
    """Return which voxels lie wholly within a solid for certain, and which may touch it."""
    solid = surface.solid
    near = [np.maximum(np.abs(value) - half, 0.0) for value, half in zip(own, reach, strict=True)]
    far = [np.abs(value) + half for value, half in zip(own, reach, strict=True)]
    half = solid.half_sizes()
    if solid.geometry_type == "BoxGeometry":
        (ax, ay, az), (bx, by, bz) = near, far
        inner, outer = (np.array(half) + shift for shift in (TOUCHING, -TOUCHING))
        return (
            (bx <= inner[0]) & (by <= inner[1]) & (bz <= inner[2]),
            (ax < outer[0]) & (ay < outer[1]) & (az < outer[2]),
        )
    if solid.geometry_type == "SphereGeometry":
        return (
            far[0] ** 2 + far[1] ** 2 + far[2] ** 2 <= half[0] ** 2,
            near[0] ** 2 + near[1] ** 2 + near[2] ** 2 < half[0] ** 2,
        )
    nearest, farthest = near[0] ** 2 + near[1] ** 2, far[0] ** 2 + far[1] ** 2
    hole = solid.hole_radius**2
    inside = (farthest <= half[0] ** 2) & (nearest >= hole)
    if not any(surface.flat):
        inside = inside & (far[2] <= half[2])
    return inside, (nearest < half[0] ** 2) & (farthest > hole) & (near[2] < half[2])
