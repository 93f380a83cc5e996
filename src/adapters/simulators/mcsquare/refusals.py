"""What a scene may hold that MCsquare has nothing for: refused by name, never dropped."""

from collections.abc import Iterable

import numpy as np

from adapters.simulators.mcsquare.composition import Layers
from adapters.simulators.mcsquare.grid import Grid
from adapters.simulators.mcsquare.materials import BLACK_HOLE, zone_fillings
from adapters.simulators.mcsquare.partial_volumes import compose, used_surfaces
from adapters.simulators.project.model import Project, Zone
from adapters.simulators.project.nesting import points_in
from adapters.simulators.project.scene import WORLD, zone_numbers
from domain.errors import Unsupported

MOST_APART = 0.02
"""Relative error of a zone's mass beyond which a project is refused."""

OFF = frozenset({"no straggling", "no scattering"})
MANAGER_FIELDS = frozenset({"metadata", "name", "type", "uuid"})


def check_scene(project: Project) -> None:
    """Refuse switched-off physics, special components, scenes for Geant4 and empty ones."""
    for field, value in (
        ("energyModelStraggling", project.physic.energy_model_straggling),
        ("multipleScattering", project.physic.multiple_scattering),
    ):
        if value.lower() in OFF:
            raise Unsupported(f"physic.{field}", "MCsquare can't switch it off")
    for name in _special_components(project):
        raise Unsupported(f"specialComponentsManager.{name}", f"MCsquare has no {name}")
    for index, figure in enumerate(project.figure_manager.figures):
        if figure.of_geant4:
            field = f"figureManager.figures[{index}]"
            reason = "is of a scene for Geant4; MCsquare takes figures joined to zones"
            raise Unsupported(field, f"figure {figure.name!r} {reason}")
    if not any(filling.scores for filling in zone_fillings(project)):
        raise Unsupported("zoneManager.zones", "no zone is filled with anything to score in")


def _special_components(project: Project) -> Iterable[str]:
    """Return the names of the components there are, such as CTCube and modulator."""
    manager = project.special_components_manager
    return (name for name, part in manager.items() if part and name not in MANAGER_FIELDS)


def check_masses(project: Project, image: Grid, layers: Layers) -> None:
    """Refuse a zone whose mass on the image can't be told to 2 %, by its thinnest figure's name.

    Its volume on the image is held against that from a closer lattice of samples; one that has
    none there, and yet is not hidden behind other zones, has been missed.
    """
    if all(surface.flat == (True, True, True) for surface in used_surfaces(project)):
        return
    volume = image.x.spacing * image.y.spacing * image.z.spacing
    found = layers.volumes(len(project.zone_manager.zones)) * volume
    closer = compose(project, image, finer=True).volumes(found.size) * volume
    for index, zone in enumerate(project.zone_manager.zones):
        apart = abs(float(found[index] - closer[index]))
        if apart > MOST_APART * float(closer[index]) or (
            found[index] == 0 and _is_anywhere(project, index)
        ):
            number = _thinnest(project, zone)
            name = project.figure_manager.figures[number].name
            widest = 10 * max(axis.spacing for axis in image.axes)
            raise Unsupported(
                f"figureManager.figures[{number}]",
                f"{name!r}: the mass of zone {zone.name!r} can't be told to {MOST_APART:.0%} in "
                f"MCsquare's voxels of {widest:.3g} mm; make it thicker or leave it out",
            )


def _thinnest(project: Project, zone: Zone) -> int:
    used = {step.object_uuid for group in zone.union_operations for step in group}
    figures = project.figure_manager.figures
    own = [index for index, figure in enumerate(figures) if figure.uuid in used]
    return min(own, key=lambda index: figures[index].geometry_data.thickness())


def _is_anywhere(project: Project, index: int) -> bool:
    """Return whether points in the figures of a zone belong to it."""
    zone = project.zone_manager.zones[index]
    used = {step.object_uuid for group in zone.union_operations for step in group}
    for figure in project.figure_manager.figures:
        if figure.uuid in used:
            points = points_in(figure.geometry_data)
            # A figure so thin that no point fell into it may be anywhere.
            if not points.size or np.any(zone_numbers(project, points) == index):
                return True
    return False


def check_black_hole(project: Project, image: Grid) -> None:
    """Refuse a beam that would cross a black hole, which here lets everything through."""
    if project.material_of(project.zone_manager.world_zone).icru != BLACK_HOLE:
        return
    direction = np.array(project.beam.direction, dtype=np.float64)
    direction /= np.linalg.norm(direction)
    far = sum(axis.spacing * axis.count for axis in image.axes) + float(
        np.linalg.norm(project.beam.position)
    )
    along = np.arange(0.0, far, image.z.spacing / 2)
    points = np.array(project.beam.position)[:, None] + direction[:, None] * along
    filled = zone_numbers(project, points) > WORLD
    if np.count_nonzero(np.diff(filled.astype(np.int8)) == 1) + int(filled[0]) > 1:
        raise Unsupported("zoneManager.worldZone", "the beam crosses a black hole between zones")
