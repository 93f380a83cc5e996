"""What a scene may hold that MCsquare has nothing for: refused by name, never dropped."""

from collections.abc import Iterable

import numpy as np

from adapters.simulators.mcsquare.grid import Grid
from adapters.simulators.mcsquare.materials import BLACK_HOLE, zone_fillings
from adapters.simulators.project.model import Project
from adapters.simulators.project.scene import WORLD, zone_numbers
from domain.errors import Unsupported

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


def check_thin_figures(project: Project, image: Grid) -> None:
    """Refuse a figure thinner than a voxel: it would vanish, or fill a whole one."""
    widest = max(axis.spacing for axis in image.axes)
    zones = project.zone_manager.zones
    steps = [step for zone in zones for group in zone.union_operations for step in group]
    used = {step.object_uuid for step in steps}
    for index, figure in enumerate(project.figure_manager.figures):
        thinnest = 2 * min(figure.geometry_data.half_sizes())
        if figure.uuid in used and thinnest < widest * (1 - 1e-6):
            reason = f"is thinner than MCsquare's voxels of {10 * widest:.3g} mm"
            raise Unsupported(f"figureManager.figures[{index}]", f"{figure.name!r} {reason}")


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
