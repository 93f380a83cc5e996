"""Figures as bodies of FLUKA: RPP and BOX, RCC, SPH; a hollow cylinder is one RCC in another."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from adapters.simulators.fluka.cards import signed
from adapters.simulators.project.geometry import Solid, Vector, rotation_matrix

LONGEST_LINE = 120
"""Characters in a line; FLUKA reads 132 of a named geometry."""


@dataclass(frozen=True, slots=True)
class Body:
    """A figure's name in FLUKA, the lines that define it, and the name of its hole, if any."""

    name: str
    lines: list[str]
    hole: str = ""

    def inside(self) -> str:
        """Return the expression of what lies inside."""
        return f"+{self.name} -{self.hole}" if self.hole else f"+{self.name}"

    def outside(self) -> str:
        """Return the expression of what lies outside."""
        return f"-(+{self.name} -{self.hole})" if self.hole else f"-{self.name}"


def body(name: str, solid: Solid) -> Body:
    """Return a figure as one body, or two if it is hollow."""
    if solid.geometry_type == "BoxGeometry":
        return Body(name, _box(name, solid))
    if solid.geometry_type == "SphereGeometry":
        return Body(name, _sphere(name, solid))
    lines = _cylinder(name, solid, solid.parameters["radius"])
    if not solid.hole_radius:
        return Body(name, lines)
    hole = f"h{name[1:]}"
    return Body(name, [*lines, *_cylinder(hole, solid, solid.hole_radius)], hole)


def _box(name: str, solid: Solid) -> list[str]:
    size = [solid.parameters[side] for side in ("width", "height", "depth")]
    if any(solid.rotation):
        return _turned_box(name, solid, size)
    edges = [
        (place - side / 2, place + side / 2)
        for place, side in zip(solid.position, size, strict=True)
    ]
    ranges = [
        f"* {axis} range {signed(low)}, {signed(high)}"
        for axis, (low, high) in zip("XYZ", edges, strict=True)
    ]
    sides = ", ".join(signed(side) for side in size)
    values = [value for edge in edges for value in edge]
    said = [f"* box {name}", *ranges, f"* X, Y, Z side lengths: {sides}"]
    return [*said, *_wrapped("RPP", name, values)]


def _turned_box(name: str, solid: Solid, size: list[float]) -> list[str]:
    """Return a box by a corner and its three edges."""
    edges = rotation_matrix(solid.rotation) * np.array(size)
    corner = np.array(solid.position) - edges.sum(axis=1) / 2
    values = [*corner, *edges.T.reshape(-1)]
    said = f"* box {name}, rotation angles: {_angles(solid.rotation)}"
    return [said, *_wrapped("BOX", name, [float(value) for value in values])]


def _cylinder(name: str, solid: Solid, radius: float) -> list[str]:
    height = solid.parameters["depth"]
    vector = rotation_matrix(solid.rotation) @ np.array([0.0, 0.0, height])
    start = [float(value) for value in np.array(solid.position) - vector / 2]
    span = [float(value) for value in vector]
    return [
        f"* cylinder {name}",
        f"* bottom center ({_joined(start)}), spanning vector ({_joined(span)}),",
        f"* radius {signed(radius)}, height {signed(height)} cm",
        f"* rotation angles: {_angles(solid.rotation)}",
        *_wrapped("RCC", name, [*start, *span, radius]),
    ]


def _sphere(name: str, solid: Solid) -> list[str]:
    radius = solid.parameters["radius"]
    return [
        f"* sphere {name}",
        f"* center ({_joined(solid.position)}), radius {signed(radius)}",
        *_wrapped("SPH", name, [*solid.position, radius]),
    ]


def _joined(values: Iterable[float]) -> str:
    return ", ".join(signed(value) for value in values)


def _angles(rotation: Vector) -> str:
    return ", ".join(f"{angle:g}*" for angle in rotation)


def _wrapped(kind: str, name: str, values: list[float]) -> list[str]:
    """Return a body's numbers, those that a line has no room for on the next."""
    return wrapped([kind, name, *(signed(value) for value in values)])


def wrapped(words: list[str], indent: str = "") -> list[str]:
    """Return words in lines that FLUKA reads to their end."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) > LONGEST_LINE:
            lines.append(indent + word)
        else:
            lines[-1] += f" {word}"
    return lines
