"""What a scene holds, as volumes in volumes: drawn so for Geant4, or found in its zones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.simulators.native.geant4_names import material_name
from adapters.simulators.project.geometry import Solid, Vector
from adapters.simulators.project.model import Figure, Project, WorldZone, Zone
from adapters.simulators.project.nesting import Placed, nested
from domain.errors import InvalidInput, Unsupported

NAME = "Geant4"
BLACK_HOLE, VACUUM = "BlackHole", "G4_Galactic"
EMPTY = {0: BLACK_HOLE, 1000: VACUUM}
NOWHERE: Vector = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Volume:
    """A solid of a material; `density` (g/cm3) where it is not the material's own.

    Position (cm) and rotation (degrees) are those in the volume around it.
    """

    name: str
    solid: Solid
    material: str
    position: Vector = NOWHERE
    rotation: Vector = NOWHERE
    density: float | None = None
    children: Sequence["Volume"] = ()

    def walk(self) -> Iterator["Volume"]:
        """Yield this volume and all inside, inner ones first."""
        for child in self.children:
            yield from child.walk()
        yield self


def world_volume(project: Project) -> Volume:
    """Return the world; Unsupported or InvalidInput names the figure that can't be a volume."""
    figures = project.figure_manager.figures
    drawn = [figure for figure in figures if figure.of_geant4]
    if not drawn:
        return _from_zones(project, nested(project, NAME), "World")
    if len(figures) != 1:
        raise Unsupported("figureManager.figures", f"{NAME} needs one figure around all others")
    world = _from_figure("figureManager.figures[0]", figures[0])
    if any(world.position) or any(world.rotation):
        # Geant4 counts from the middle of its world.
        raise Unsupported("figureManager.figures[0]", f"{NAME} needs the world at the origin")
    return world


def centre(project: Project) -> Vector:
    """Return the middle of the world in the project's coordinates; Geant4's are around it."""
    figures = project.figure_manager.figures
    drawn = any(figure.of_geant4 for figure in figures)
    return NOWHERE if drawn else nested(project, NAME).solid.position


def _from_figure(field: str, figure: Figure) -> Volume:
    material = figure.simulation_material
    if material is None:
        raise InvalidInput(f"{field}.simulationMaterial", "is missing")
    solid = figure.geometry_data
    children = [
        _from_figure(f"{field}.children[{index}]", child)
        for index, child in enumerate(figure.children)
    ]
    return Volume(
        figure.name,
        solid,
        material.geant4_name,
        solid.position,
        solid.rotation,
        children=children,
    )


def _from_zones(project: Project, item: Placed, name: str) -> Volume:
    if item.figure is None and any(item.solid.rotation):
        raise Unsupported("zoneManager.worldZone", f"{NAME} has no turned world")
    material, density = _material(project, item.zone)
    children = [
        _from_zones(project, child, child.figure.name if child.figure else "")
        for child in item.children
    ]
    return Volume(name, item.solid, material, item.position, item.rotation, density, children)


def _material(project: Project, zone: Zone | WorldZone) -> tuple[str, float | None]:
    material = project.material_of(zone)
    if material.icru in EMPTY:
        return EMPTY[material.icru], None
    overrides = zone.material_properties_overrides
    field = "zoneManager.zones" if isinstance(zone, Zone) else "zoneManager.worldZone"
    if overrides.custom_stopping_power:
        reason = f"zone {zone.name!r}: {NAME} takes no stopping power files"
        raise Unsupported(field, reason)
    return material_name(material, field, NAME), overrides.density
