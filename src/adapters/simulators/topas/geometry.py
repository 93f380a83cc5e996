"""A scene as components of TOPAS, each placed in another.

A component's RotX, RotY and RotZ turn the frame it is placed in, one after the other, and not the
component: a solid that is turned by Rx(a)·Ry(b)·Rz(c) has RotX = -a, RotY = -b, RotZ = -c.
"""

from collections.abc import Iterator

from adapters.simulators.native.nist_materials import (
    BLACK_HOLE,
    Substance,
    substance_of,
    zone_field,
)
from adapters.simulators.project.geometry import Solid, Vector
from adapters.simulators.project.model import Project, WorldZone, Zone
from adapters.simulators.project.nesting import Placed, nested
from domain.errors import Unsupported

NAME = "TOPAS"


def quoted(text: str) -> str:
    """Return a string parameter's value."""
    return f'"{text}"'


def length(value: float) -> str:
    """Return a length in cm as TOPAS reads it."""
    return f"{float(value) + 0.0!r} cm"


def angle(value: float) -> str:
    """Return an angle in degrees as TOPAS reads it."""
    return f"{float(value) + 0.0!r} deg"


def geometry_lines(project: Project) -> list[str]:
    """Return the world and all figures that zones use; Unsupported names what can't be placed."""
    world = nested(project, NAME)
    if any(world.solid.rotation):
        raise Unsupported("zoneManager.worldZone", f"{NAME} has no turned world")
    lines: list[str] = []
    made: dict[str, list[str]] = {}
    for name, parent, item in _walk(world, "World", ""):
        material = _material(project, item.zone, made)
        lines += [f"# {item.figure.name!a}" if item.figure else "# world"]
        lines += solid_lines(name, item.solid)
        lines.append(f"s:Ge/{name}/Material = {quoted(material)}")
        if parent:
            lines.append(f"s:Ge/{name}/Parent = {quoted(parent)}")
            lines += place_lines(name, item.position, item.rotation)
        lines.append("")
    return [*(line for material in made.values() for line in material), *lines]


def _walk(item: Placed, name: str, parent: str) -> Iterator[tuple[str, str, Placed]]:
    """Yield each solid with its component's name and that of its parent, outer ones first."""
    yield name, parent, item
    for number, child in enumerate(item.children):
        prefix = "Figure" if name == "World" else f"{name}_"
        yield from _walk(child, f"{prefix}{number}", name)


def solid_lines(name: str, solid: Solid) -> list[str]:
    """Return type and sizes of a component."""
    size = solid.parameters
    if solid.geometry_type == "BoxGeometry":
        sides = {"HLX": size["width"], "HLY": size["height"], "HLZ": size["depth"]}
        halves = [f"d:Ge/{name}/{side} = {length(value / 2)}" for side, value in sides.items()]
        return [f's:Ge/{name}/Type = "TsBox"', *halves]
    radii = [
        f"d:Ge/{name}/RMin = {length(solid.hole_radius)}",
        f"d:Ge/{name}/RMax = {length(size['radius'])}",
    ]
    if solid.geometry_type == "SphereGeometry":
        return [f's:Ge/{name}/Type = "TsSphere"', *radii]
    half = f"d:Ge/{name}/HL = {length(size['depth'] / 2)}"
    return [f's:Ge/{name}/Type = "TsCylinder"', *radii, half]


def place_lines(name: str, position: Vector, rotation: Vector = (0.0, 0.0, 0.0)) -> list[str]:
    """Return where a component lies in its parent; angles that turn the component."""
    shifts = [
        f"d:Ge/{name}/Trans{axis} = {length(value)}"
        for axis, value in zip("XYZ", position, strict=True)
    ]
    turns = [
        f"d:Ge/{name}/Rot{axis} = {angle(-value)}"
        for axis, value in zip("XYZ", rotation, strict=True)
        if value
    ]
    return [*shifts, *turns]


def _material(project: Project, zone: Zone | WorldZone, made: dict[str, list[str]]) -> str:
    """Return the name of a zone's material; one that TOPAS lacks is made, and joins `made`."""
    if project.material_of(zone).icru == BLACK_HOLE and isinstance(zone, Zone):
        reason = f"zone {zone.name!r}: {NAME} has no black hole inside"
        raise Unsupported(zone_field(project, zone), reason)
    filling = substance_of(project, zone, NAME)
    if filling is None:
        return "Vacuum"
    if not filling.is_own:
        return filling.base.name
    if filling.name not in made:
        made[filling.name] = _own_material(f"Own{len(made)}", filling)
    return made[filling.name][0].split("/")[1]


def _own_material(name: str, filling: Substance) -> list[str]:
    return [
        f'b:Ma/{name}/BuildFromMaterials = "True"',
        f"sv:Ma/{name}/Components = 1 {quoted(filling.base.name)}",
        f"uv:Ma/{name}/Fractions = 1 1.0",
        f"d:Ma/{name}/Density = {float(filling.density)!r} g/cm3",
        f"d:Ma/{name}/MeanExcitationEnergy = {float(filling.excitation)!r} eV",
        "",
    ]
