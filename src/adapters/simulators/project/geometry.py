"""Solids: what the editor draws, and which points lie inside. All lengths are in cm."""

from collections.abc import Mapping
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""Coordinates in cm, shape (3, n)."""

Inside = NDArray[np.bool_]
"""Whether each point lies inside, shape (n,)."""

Vector = tuple[float, float, float]

PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "BoxGeometry": ("width", "height", "depth"),
    "HollowCylinderGeometry": ("radius", "depth"),
    "CylinderGeometry": ("radius", "depth"),
    "SphereGeometry": ("radius",),
}
"""Which sizes a solid has; width, height and depth run along x, y and z."""

SolidType = Literal["BoxGeometry", "HollowCylinderGeometry", "CylinderGeometry", "SphereGeometry"]


class Solid(msgspec.Struct, rename="camel", frozen=True):
    """A box, cylinder or sphere around `position`; a cylinder's axis is z before it is turned.

    `rotation` holds degrees about x, y and z, applied as the editor shows them on the screen:
    the matrix is Rx·Ry·Rz (three.js, Euler order XYZ).
    """

    geometry_type: SolidType
    position: Vector
    parameters: dict[str, float]
    rotation: Vector = (0.0, 0.0, 0.0)

    def contains(self, points: Points) -> Inside:
        """Return which points lie inside or on the surface."""
        x, y, z = self._local(points)
        size = self.parameters
        if self.geometry_type == "BoxGeometry":
            half = self.half_sizes()
            return _within(x, half[0]) & _within(y, half[1]) & _within(z, half[2])
        if self.geometry_type == "SphereGeometry":
            return _within(np.sqrt(x * x + y * y + z * z), size["radius"])
        radius = np.hypot(x, y)
        ring = _within(radius, size["radius"]) & _within(z, size["depth"] / 2)
        return np.asarray(ring & (radius >= self.hole_radius), dtype=np.bool_)

    @property
    def hole_radius(self) -> float:
        """Inner radius of a hollow cylinder.

        The editor writes the outer radius into both fields of a solid world cylinder.
        """
        inner = self.parameters.get("innerRadius", 0.0)
        return inner if inner < self.parameters.get("radius", 0.0) else 0.0

    def half_sizes(self) -> Vector:
        """Return half of the extent along each own axis."""
        size = self.parameters
        if self.geometry_type == "BoxGeometry":
            return size["width"] / 2, size["height"] / 2, size["depth"] / 2
        radius = size["radius"]
        sphere = self.geometry_type == "SphereGeometry"
        return radius, radius, radius if sphere else size["depth"] / 2

    def thickness(self) -> float:
        """Return the thinnest extent: of a hollow cylinder perhaps that of its wall."""
        if self.geometry_type == "BoxGeometry" or self.geometry_type == "SphereGeometry":
            return 2 * min(self.half_sizes())
        radius, _, half_depth = self.half_sizes()
        wall = radius - self.hole_radius if self.hole_radius else 2 * radius
        return min(wall, 2 * half_depth)

    def bounds(self) -> tuple[Points, Points]:
        """Return the lowest and highest corner of a box with the lab's axes around the solid."""
        reach = abs(rotation_matrix(self.rotation)) @ np.array(self.half_sizes())
        centre = np.array(self.position)
        return centre - reach, centre + reach

    def _local(self, points: Points) -> Points:
        shifted = points - np.array(self.position)[:, None]
        if not any(self.rotation):
            return np.asarray(shifted)
        return np.asarray(rotation_matrix(self.rotation).T @ shifted, dtype=np.float64)


def _within(values: NDArray[np.float64], limit: float) -> Inside:
    return np.asarray(np.abs(values) <= limit, dtype=np.bool_)


def rotation_matrix(degrees: Vector) -> NDArray[np.float64]:
    """Return Rx·Ry·Rz for angles in degrees."""
    (cx, cy, cz), (sx, sy, sz) = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_x @ about_y @ about_z)
