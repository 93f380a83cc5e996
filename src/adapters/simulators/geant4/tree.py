"""What a scene holds, as volumes in volumes: drawn so for Geant4, or found in its zones."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.simulators.native.nist_materials import (
    Substance,
    named_material,
    substance,
    substance_of,
)
from adapters.simulators.project.densities import UNSET
from adapters.simulators.project.geant4_scene import SimulationMaterial
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
    """A solid with what fills it, or the name of what is empty.

    Position (cm) and rotation (degrees) are those in the volume around it.
    """

    name: str
    solid: Solid
    filling: Substance | str
    position: Vector = NOWHERE
    rotation: Vector = NOWHERE
    children: Sequence["Volume"] = ()

    @property
    def material(self) -> str:
        """The name of the material."""
        return self.filling if isinstance(self.filling, str) else self.filling.name

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
    filling = _drawn_filling(f"{field}.simulationMaterial", material)
    return Volume(figure.name, solid, filling, solid.position, solid.rotation, children)


def _drawn_filling(field: str, material: SimulationMaterial) -> Substance | str:
    """Return what a figure of a scene for Geant4 is filled with, at the density stored there."""
    if material.geant4_name in EMPTY.values():
        return material.geant4_name
    base = named_material(f"{field}.geant4_name", material.geant4_name)
    is_set = material.density > 0 and material.density != UNSET
    return substance(base, material.density if is_set else base.density)


def _from_zones(project: Project, item: Placed, name: str) -> Volume:
    if item.figure is None and any(item.solid.rotation):
        raise Unsupported("zoneManager.worldZone", f"{NAME} has no turned world")
    children = [
        _from_zones(project, child, child.figure.name if child.figure else "")
        for child in item.children
    ]
    filling = _filling(project, item.zone)
    return Volume(name, item.solid, filling, item.position, item.rotation, children)


def _filling(project: Project, zone: Zone | WorldZone) -> Substance | str:
    found = substance_of(project, zone, NAME)
    return EMPTY[project.material_of(zone).icru] if found is None else found
