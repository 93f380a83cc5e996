"""A scene as solids inside solids, for codes that place volumes into volumes.

Zones are unions, intersections and differences of figures. Where figures lie whole inside or
outside each other, that is the same as a tree: each figure is filled with the material around
its children. What a figure holds is found by looking at points; a scene whose figures cut each
other is refused by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adapters.simulators.project.geometry import Points, Solid, Vector, rotation_matrix
from adapters.simulators.project.model import Figure, Project, WorldZone, Zone
from adapters.simulators.project.scene import WORLD, zone_numbers
from adapters.simulators.project.world import world_solid
from domain.errors import Unsupported

POINTS = 20_000


@dataclass(frozen=True, slots=True)
class Placed:
    """A solid, the zone that fills it, and the figure it is (None: the world).

    `position` (cm) and `rotation` (degrees, Rx·Ry·Rz) are those relative to the solid around it.
    """

    solid: Solid
    zone: Zone | WorldZone
    position: Vector
    rotation: Vector
    figure: Figure | None
    children: Sequence["Placed"]


def nested(project: Project, simulator: str) -> Placed:
    """Return the world with all figures that zones use in it."""
    indices = _used(project)
    points = {
        index: points_in(project.figure_manager.figures[index].geometry_data) for index in indices
    }
    holders = {index: _holders(project, index, indices, points, simulator) for index in indices}
    _check_world(project, points, simulator)
    parents = {
        index: max(around, key=lambda other: len(holders[other])) if around else WORLD
        for index, around in holders.items()
    }
    world = world_solid(project)
    children = [
        _placed(project, index, world, parents, points, simulator)
        for index in indices
        if parents[index] == WORLD
    ]
    zone = project.zone_manager.world_zone
    return Placed(world, zone, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), None, children)


def _used(project: Project) -> list[int]:
    """Return the indices of figures that zones are made of."""
    zones = project.zone_manager.zones
    used = {step.object_uuid for zone in zones for group in zone.union_operations for step in group}
    figures = project.figure_manager.figures
    return [index for index, figure in enumerate(figures) if figure.uuid in used]


def points_in(solid: Solid) -> Points:
    """Return points inside a solid, the same ones every time."""
    low, high = solid.bounds()
    shares = np.random.default_rng(1).random((3, POINTS))
    points = low[:, None] + shares * (high - low)[:, None]
    return np.asarray(points[:, solid.contains(points)], dtype=np.float64)


def _holders(
    project: Project,
    index: int,
    indices: Sequence[int],
    points: Mapping[int, Points],
    simulator: str,
) -> list[int]:
    """Return the figures around a figure; Unsupported if it is partly in one."""
    figures, around = project.figure_manager.figures, []
    for other in indices:
        if other == index:
            continue
        inside = figures[other].geometry_data.contains(points[index])
        back = figures[index].geometry_data.contains(points[other])
        if inside.all() and not back.all():
            around.append(other)
        elif (inside.any() and not back.all()) or (inside.all() and back.all()):
            names = f"{figures[index].name!r} and {figures[other].name!r}"
            raise Unsupported(
                f"figureManager.figures[{index}]",
                f"{simulator} needs figures that lie whole inside or outside each other; "
                f"{names} do not",
            )
    return around


def _check_world(project: Project, points: Mapping[int, Points], simulator: str) -> None:
    world = world_solid(project)
    for index, inside in points.items():
        if not world.contains(inside).all():
            name = project.figure_manager.figures[index].name
            raise Unsupported(
                f"figureManager.figures[{index}]",
                f"{simulator} needs figure {name!r} inside the world zone",
            )


def _placed(
    project: Project,
    index: int,
    around: Solid,
    parents: Mapping[int, int],
    points: Mapping[int, Points],
    simulator: str,
) -> Placed:
    figure = project.figure_manager.figures[index]
    inner = [other for other, parent in parents.items() if parent == index]
    children = [
        _placed(project, other, figure.geometry_data, parents, points, simulator) for other in inner
    ]
    solid = figure.geometry_data
    position, rotation = relative(solid, around)
    zone = _filling(project, index, inner, points[index], simulator)
    return Placed(solid, zone, position, rotation, figure, children)


def _filling(
    project: Project, index: int, inner: Sequence[int], points: Points, simulator: str
) -> Zone | WorldZone:
    """Return the zone that a figure is filled with, outside of the figures inside it."""
    figures = project.figure_manager.figures
    own = np.ones(points.shape[1], dtype=np.bool_)
    for other in inner:
        own &= ~figures[other].geometry_data.contains(points)
    found = set(zone_numbers(project, points[:, own]).tolist()) or {WORLD}
    if len(found) > 1:
        name = figures[index].name
        raise Unsupported(
            f"figureManager.figures[{index}]",
            f"{simulator} needs one material in a figure; {name!r} is cut by zones",
        )
    number = found.pop()
    return project.zone_manager.zones[number] if number >= 0 else project.zone_manager.world_zone


def relative(solid: Solid, around: Solid) -> tuple[Vector, Vector]:
    """Return where a solid lies as seen from another: centre in cm and angles in degrees."""
    frame = rotation_matrix(around.rotation)
    shift = frame.T @ (np.array(solid.position) - np.array(around.position))
    turned = frame.T @ rotation_matrix(solid.rotation)
    x, y, z = (round(float(value), 12) + 0.0 for value in shift)
    return (x, y, z), angles(turned)


def angles(matrix: Points) -> Vector:
    """Return the angles in degrees about x, y and z whose Rx·Ry·Rz is `matrix`."""
    about_y = np.arcsin(np.clip(matrix[0, 2], -1.0, 1.0))
    if abs(np.cos(about_y)) > 1e-9:
        about_x = np.arctan2(-matrix[1, 2], matrix[2, 2])
        about_z = np.arctan2(-matrix[0, 1], matrix[0, 0])
    else:
        about_x, about_z = np.arctan2(matrix[2, 1], matrix[1, 1]), 0.0
    x, y, z = (round(float(np.degrees(value)), 10) + 0.0 for value in (about_x, about_y, about_z))
    return x, y, z
