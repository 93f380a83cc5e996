"""geo.dat: bodies, zones made of them, and the medium of each zone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from adapters.simulators.project.geometry import Solid, rotation_matrix
from adapters.simulators.project.model import Project
from adapters.simulators.project.world import world_solid
from adapters.simulators.shieldhit.media import Media
from adapters.simulators.shieldhit.numbers import column
from adapters.simulators.shieldhit.zones import Bodies, Terms, remainder, zone_terms
from domain.errors import Unsupported

BLACK_HOLE = 0
SHELL = 1.0
"""How much larger the black hole around a world of another material is, in cm on each side."""

ZONES_PER_LINE = 14
LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class _ZoneOfMedium:
    terms: Terms
    medium: int


def check_geometry(project: Project) -> None:
    """Refuse scenes made for Geant4, which have no zones."""
    for index, figure in enumerate(project.figure_manager.figures):
        if figure.of_geant4:
            reason = "is of a scene for Geant4; SHIELD-HIT12A takes figures joined to zones"
            raise Unsupported(f"figureManager.figures[{index}]", f"figure {figure.name!r} {reason}")


def geo_dat(project: Project, media: Media) -> str:
    """Return the text of geo.dat; the media of the zones are added to `media`."""
    bodies, solids = _bodies(project)
    world = world_solid(project)
    solids.append(_without_hole(world))
    zones = _zones(project, media, bodies, len(solids))
    if zones[-1].medium != BLACK_HOLE:
        # Without it particles would leave the geometry where it is not defined.
        solids.append(_grown(_without_hole(world)))
        zones.append(_ZoneOfMedium([(len(solids), -(len(solids) - 1))], BLACK_HOLE))
    return "\n".join(
        [
            "",
            f"    0    0          {_title(project)}",
            *(line for number, solid in enumerate(solids, 1) for line in _body(number, solid)),
            "  END",
            *(_zone(number, zone.terms) for number, zone in enumerate(zones, 1)),
            "  END",
            *_rows([number for number, _ in enumerate(zones, 1)]),
            *_rows([zone.medium for zone in zones]),
            "",
        ]
    )


def _title(project: Project) -> str:
    words = " ".join(project.project.title.split())
    return words.encode("ascii", "replace").decode()[:LONGEST_TITLE] or "Unnamed geometry"


def _bodies(project: Project) -> tuple[Bodies, list[Solid]]:
    """Return the bodies of the figures in their order, behind them those of their holes."""
    figures = project.figure_manager.figures
    solids = [_without_hole(figure.geometry_data) for figure in figures]
    outer = {figure.uuid: number for number, figure in enumerate(figures, start=1)}
    holes: dict[str, int] = {}
    for figure in figures:
        solid = figure.geometry_data
        if solid.geometry_type == "HollowCylinderGeometry" and solid.hole_radius > 0:
            solids.append(_resized(solid, {"radius": solid.hole_radius}))
            holes[figure.uuid] = len(solids)
    return Bodies(outer, holes), solids


def _zones(project: Project, media: Media, bodies: Bodies, world: int) -> list[_ZoneOfMedium]:
    zones: list[_ZoneOfMedium] = []
    for index, zone in enumerate(project.zone_manager.zones):
        field = f"zoneManager.zones[{index}]"
        medium = media.number_of(
            field, zone.material_uuid, zone.custom_material, zone.material_properties_overrides
        )
        zones.append(_ZoneOfMedium(zone_terms(field, zone, bodies), medium))
    around = project.zone_manager.world_zone
    medium = media.number_of(
        "zoneManager.worldZone",
        around.material_uuid,
        around.custom_material,
        around.material_properties_overrides,
    )
    # A world in several pieces is as many zones.
    pieces = remainder(world, [zone.terms for zone in zones])
    return [*zones, *(_ZoneOfMedium([piece], medium) for piece in pieces)]


def _without_hole(solid: Solid) -> Solid:
    return _resized(solid, {})


def _grown(solid: Solid) -> Solid:
    sizes = {
        name: value + (SHELL if name == "radius" else 2 * SHELL)
        for name, value in solid.parameters.items()
    }
    return _resized(solid, sizes)


def _resized(solid: Solid, sizes: dict[str, float]) -> Solid:
    parameters = {**solid.parameters, **sizes}
    parameters.pop("innerRadius", None)
    return Solid(solid.geometry_type, solid.position, parameters, solid.rotation)


def _body(number: int, solid: Solid) -> Iterator[str]:
    """Yield the lines of a body: a corner and three edges, or a base and an axis, or a centre."""
    axes = rotation_matrix(solid.rotation) * 2 * np.array(solid.half_sizes())
    centre = np.array(solid.position)
    if solid.geometry_type == "SphereGeometry":
        yield _first("SPH", number, [*solid.position, solid.parameters["radius"]])
    elif solid.geometry_type == "BoxGeometry":
        corner = centre - axes.sum(axis=1) / 2
        yield _first("BOX", number, [*corner, *axes[:, 0]])
        yield _next([*axes[:, 1], *axes[:, 2]])
    else:
        yield _first("RCC", number, [*(centre - axes[:, 2] / 2), *axes[:, 2]])
        yield _next([solid.parameters["radius"]])


def _first(kind: str, number: int, values: Sequence[float]) -> str:
    return f"  {kind} {number:>4}" + _columns(values)


def _next(values: Sequence[float]) -> str:
    return " " * 10 + _columns(values)


def _columns(values: Sequence[float]) -> str:
    # Rotating by 90 degrees leaves 1e-16 where there is nothing.
    return "".join(column(0.0 if abs(value) < 1e-9 else float(value)) for value in values)


def _zone(number: int, terms: Terms) -> str:
    joined = "OR".join("  ".join(f"{body:+5}" for body in term) for term in terms)
    return f"  {number:03d}       {joined}"


def _rows(numbers: Sequence[int]) -> list[str]:
    parts = range(0, len(numbers), ZONES_PER_LINE)
    return [
        "".join(f"{number:>5}" for number in numbers[start : start + ZONES_PER_LINE])
        for start in parts
    ]
