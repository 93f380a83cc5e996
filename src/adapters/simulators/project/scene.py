"""Which zone each point of a scene belongs to."""

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.project.geometry import Inside, Points
from adapters.simulators.project.model import Figure, Operation, Project, Zone
from adapters.simulators.project.world import world_solid

WORLD = -1
OUTSIDE = -2

ZoneNumbers = NDArray[np.int16]
"""Index of the zone for each point, WORLD or OUTSIDE where there is none; shape (n,)."""


def zone_numbers(project: Project, points: Points) -> ZoneNumbers:
    """Return the zone of each point; where zones overlap the first of them counts."""
    world = world_solid(project).contains(points)
    numbers = np.where(world, WORLD, OUTSIDE).astype(np.int16)
    solids: dict[str, Inside] = {}
    for index, zone in enumerate(project.zone_manager.zones):
        free = numbers == WORLD
        if free.any():
            inside = _zone_contains(zone, project.figures(), points, solids)
            numbers[free & inside] = index
    return numbers


def _zone_contains(
    zone: Zone, figures: dict[str, Figure], points: Points, known: dict[str, Inside]
) -> Inside:
    result = np.zeros(points.shape[1], dtype=bool)
    for group in zone.union_operations:
        result |= _group_contains(group, figures, points, known)
    return result


def _group_contains(
    group: list[Operation], figures: dict[str, Figure], points: Points, known: dict[str, Inside]
) -> Inside:
    result = np.zeros(points.shape[1], dtype=bool)
    for operation in group:
        uuid = operation.object_uuid
        if uuid not in known:
            known[uuid] = figures[uuid].geometry_data.contains(points)
        if operation.mode == "union":
            result |= known[uuid]
        elif operation.mode == "intersection":
            result &= known[uuid]
        else:
            result &= ~known[uuid]
    return result
