"""Zones as regions of FLUKA, which must fill all space and must not overlap.

The editor's zones may overlap (the first one counts) and may reach out of the world. Whether two
zones do is found by looking at points, so that a region says no more than it has to.
"""

from collections.abc import Sequence

import numpy as np

from adapters.simulators.fluka.bodies import Body, wrapped
from adapters.simulators.project.geometry import Inside, Points
from adapters.simulators.project.model import Operation, Project, Zone
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput

POINTS = 20_000
"""Points looked at for each zone: an overlap of a ten-thousandth of its box is seen."""

NEIGHBOURS = 5
"""FLUKA asks for a guess of each region's number of neighbours."""

Terms = list[list[Operation]]
"""Alternatives, each of them a product of figures and complements of figures."""


def zone_terms(project: Project, index: int) -> Terms:
    """Return a zone as alternatives; InvalidInput if there is nothing in it."""
    terms: Terms = []
    for group in project.zone_manager.zones[index].union_operations:
        terms += _group_terms(group)
    if not terms:
        raise InvalidInput(f"zoneManager.zones[{index}].unionOperations", "nothing is inside")
    return terms


def _group_terms(group: Sequence[Operation]) -> Terms:
    terms: Terms = []
    for step in group:
        if step.mode == "union":
            terms.append([step])
        else:
            terms = [[*term, step] for term in terms]
    return terms


def region_lines(project: Project, bodies: dict[str, Body]) -> list[str]:
    """Return the regions: one for each zone, the world around them and what ends it."""
    zones = project.zone_manager.zones
    expressions = [_alternatives(zone_terms(project, index), bodies) for index in range(len(zones))]
    lines: list[str] = []
    for index in range(len(zones)):
        inside, without = reach(project, index)
        extra = "" if inside else " +figworld"
        extra += "".join(f" -({' | '.join(expressions[other])})" for other in without)
        written = [f"{text}{extra}" for text in expressions[index]]
        lines += _region(region_name(index), _joined(written))
    lines += _region("world", _world(project, expressions, bodies))
    return [*lines, *_region("boundary", "+figbound -figworld")]


def region_name(index: int) -> str:
    """Return what a zone is called: FLUKA reads eight characters."""
    return f"region{index}" if index < 100 else f"reg{index}"


def _alternatives(terms: Terms, bodies: dict[str, Body]) -> list[str]:
    return [
        " ".join(
            bodies[step.object_uuid].outside()
            if step.mode == "subtraction"
            else bodies[step.object_uuid].inside()
            for step in term
        )
        for term in terms
    ]


def _joined(alternatives: Sequence[str]) -> str:
    return alternatives[0] if len(alternatives) == 1 else "| " + " | ".join(alternatives)


def _without(alternatives: Sequence[str]) -> str:
    return "-(" + " | ".join(alternatives) + ")"


def _region(name: str, expression: str) -> list[str]:
    return wrapped(f"{name} {NEIGHBOURS} {expression}".split(" "), indent="  ")


def _world(project: Project, expressions: list[list[str]], bodies: dict[str, Body]) -> str:
    """Return the world without the zones: without all figures where that is the same."""
    used = {
        step.object_uuid
        for zone in project.zone_manager.zones
        for group in zone.union_operations
        for step in group
    }
    if _figures_are_filled(project, used):
        outside = [body.outside() for uuid, body in bodies.items() if uuid in used]
    else:
        outside = [f"-({' | '.join(item)})" for item in expressions]
    return " ".join(["+figworld", *outside])


def _figures_are_filled(project: Project, used: set[str]) -> bool:
    """Return whether every point of a used figure belongs to a zone."""
    for figure in project.figure_manager.figures:
        if figure.uuid not in used:
            continue
        points = _points(*figure.geometry_data.bounds())
        points = points[:, figure.geometry_data.contains(points)]
        if not _any_zone(project, points).all():
            return False
    return True


def _any_zone(project: Project, points: Points) -> Inside:
    found = np.zeros(points.shape[1], dtype=np.bool_)
    for zone in project.zone_manager.zones:
        found |= _contains(project, zone, points)
    return found


def reach(project: Project, index: int) -> tuple[bool, list[int]]:
    """Return whether a zone lies in the world, and which earlier zones reach into it."""
    zone = project.zone_manager.zones[index]
    points = _points(*zone_bounds(project, zone))
    points = points[:, _contains(project, zone, points)]
    earlier = [
        other
        for other in range(index)
        if _contains(project, project.zone_manager.zones[other], points).any()
    ]
    return bool(world_solid(project).contains(points).all()), earlier


def zone_bounds(project: Project, zone: Zone) -> tuple[Points, Points]:
    """Return the lowest and highest corner (cm) of a box around a zone."""
    figures = project.figures()
    corners = [
        figures[step.object_uuid].geometry_data.bounds()
        for group in zone.union_operations
        for step in group
        if step.mode == "union"
    ]
    low = np.min([corner[0] for corner in corners], axis=0)
    high = np.max([corner[1] for corner in corners], axis=0)
    return low, high


def _contains(project: Project, zone: Zone, points: Points) -> Inside:
    """Return which points lie in a zone, whatever other zones there are."""
    figures, found = project.figures(), np.zeros(points.shape[1], dtype=np.bool_)
    for group in zone.union_operations:
        for term in _group_terms(group):
            inside = np.ones(points.shape[1], dtype=np.bool_)
            for step in term:
                hit = figures[step.object_uuid].geometry_data.contains(points)
                inside &= ~hit if step.mode == "subtraction" else hit
            found |= inside
    return found


def _points(low: Points, high: Points) -> Points:
    """Return points in a box, the same ones every time."""
    shares = np.random.default_rng(1).random((3, POINTS))
    return np.asarray(low[:, None] + shares * (high - low)[:, None], dtype=np.float64)
