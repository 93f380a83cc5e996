"""Volumes of regions, by which FLUKA leaves it to us to divide."""

import math

import numpy as np

from adapters.simulators.fluka.regions import reach, zone_bounds
from adapters.simulators.project.geometry import Points, Solid
from adapters.simulators.project.model import Project
from adapters.simulators.project.scene import zone_numbers
from domain.errors import InvalidInput

POINTS = 1 << 20
AT_ONCE = 1 << 17
STEPS = (0.8191725133961645, 0.6710436067037893, 0.5497004779019703)
"""Powers of 1/g with g^4 = g + 1: points that fill a box evenly (M. Roberts, R3 sequence)."""


def zone_volume(project: Project, index: int) -> float:
    """Return the volume of a zone in cm3 without what earlier zones or the world take of it.

    That of a single figure is exact. Others are found by looking at a million points, which is
    good to a thousandth for a zone that fills a tenth of the box around it.
    """
    zone = project.zone_manager.zones[index]
    steps = [step for group in zone.union_operations for step in group]
    if len(steps) == 1 and reach(project, index) == (True, []):
        return solid_volume(project.figures()[steps[0].object_uuid].geometry_data)
    low, high = zone_bounds(project, zone)
    found = sum(
        int(np.count_nonzero(zone_numbers(project, _points(low, high, first)) == index))
        for first in range(0, POINTS, AT_ONCE)
    )
    if not found:
        raise InvalidInput(f"zoneManager.zones[{index}]", "is empty; nothing can be scored in it")
    return float(np.prod(high - low)) * found / POINTS


def solid_volume(solid: Solid) -> float:
    """Return the volume of a figure in cm3."""
    size = solid.parameters
    if solid.geometry_type == "BoxGeometry":
        return size["width"] * size["height"] * size["depth"]
    if solid.geometry_type == "SphereGeometry":
        return 4 / 3 * math.pi * size["radius"] ** 3
    return math.pi * (size["radius"] ** 2 - solid.hole_radius**2) * size["depth"]


def _points(low: Points, high: Points, first: int) -> Points:
    numbers = np.arange(first, first + AT_ONCE)
    shares = (0.5 + np.outer(STEPS, numbers)) % 1.0
    return np.asarray(low[:, None] + shares * (high - low)[:, None], dtype=np.float64)
