"""What a scene may hold that MCsquare has nothing for: refused by name, never dropped."""

from collections.abc import Iterable

import numpy as np

from adapters.simulators.mcsquare.beam import spot_sizes, unit_direction
from adapters.simulators.mcsquare.composition import Layers
from adapters.simulators.mcsquare.grid import Grid
from adapters.simulators.mcsquare.lattice import cut_voxel
from adapters.simulators.mcsquare.materials import BLACK_HOLE, zone_fillings
from adapters.simulators.mcsquare.partial_volumes import compose, used_surfaces
from adapters.simulators.mcsquare.surfaces import Surface
from adapters.simulators.project.geometry import Points
from adapters.simulators.project.model import Project, Zone
from adapters.simulators.project.nesting import points_in
from adapters.simulators.project.scene import WORLD, zone_numbers
from domain.errors import Unsupported

MOST_APART = 0.02
"""Relative error of a zone's mass beyond which a project is refused."""

SMALLEST = 4
"""Voxels across a figure, the second narrowest way, from which on its shape counts as resolved."""

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

    Its volume on the image is held against that from other samples, and their number against the
    part of the zone that rests on them (n hits are off by √n). A zone that has no volume there,
    and yet is not hidden behind other zones, has been missed.
    """
    if all(surface.flat == (True, True, True) for surface in used_surfaces(project)):
        return
    found = layers.volumes(len(project.zone_manager.zones))
    closer = compose(project, image, finer=True).volumes(found.size)
    for index, zone in enumerate(project.zone_manager.zones):
        apart = abs(float(found[index] - closer[index]))
        if (
            apart > MOST_APART * float(closer[index])
            or layers.shared(index)
            > MOST_APART * float(found[index]) * layers.hits.get(index, 0) ** 0.5
            or (found[index] == 0 and _is_anywhere(project, index))
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


def check_small_figures(project: Project, image: Grid) -> None:
    """Refuse a figure that is hardly larger than voxels if a spot finer than them meets it.

    Its matter is spread over the voxels it touches: as good for a spot that covers them, not for
    one that goes through its middle. Plates and walls that are thin one way alone are no less
    thick for being spread, and figures whose faces are those of voxels are not spread at all.
    """
    widest = max(axis.spacing for axis in image.axes)
    if min(spot_sizes(project.beam)) >= widest:
        return
    points = _along_beam(project, image)
    for index, surface in enumerate(used_surfaces(project)[1:]):
        second = sorted(surface.high - surface.low)[1]
        near = (surface.low - widest < points.T) & (surface.high + widest > points.T)
        if second < SMALLEST * widest and _is_spread(surface, image) and near.all(axis=1).any():
            number, name = _figure_of(project, index)
            raise Unsupported(
                f"figureManager.figures[{number}]",
                f"{name!r} is {10 * second:.3g} mm wide, which MCsquare can't resolve in voxels of "
                f"{10 * widest:.3g} mm for a spot that is finer; make the spot wider, the figure "
                f"larger or the world smaller",
            )


def _is_spread(surface: Surface, image: Grid) -> bool:
    """Return whether a surface leaves parts of voxels along two axes or more."""
    cut = [
        not surface.flat[number]
        or any(cut_voxel(axis, at) != slice(0, 0) for at in surface.planes(number))
        for number, axis in enumerate(image.axes)
    ]
    return sum(cut) > 1


def _figure_of(project: Project, index: int) -> tuple[int, str]:
    """Return the number and name of a figure by its place among those that zones are made of."""
    zones = project.zone_manager.zones
    used = {step.object_uuid for zone in zones for group in zone.union_operations for step in group}
    figures = project.figure_manager.figures
    number = [place for place, figure in enumerate(figures) if figure.uuid in used][index]
    return number, figures[number].name


def _along_beam(project: Project, image: Grid) -> Points:
    """Return points on the beam's axis, half a voxel apart, as far as the image may reach."""
    direction = unit_direction(project.beam)
    far = sum(axis.spacing * axis.count for axis in image.axes) + float(
        np.linalg.norm(project.beam.position)
    )
    along = np.arange(0.0, far, min(axis.spacing for axis in image.axes) / 2)
    return np.asarray(np.array(project.beam.position)[:, None] + direction[:, None] * along)


def check_black_hole(project: Project, image: Grid) -> None:
    """Refuse a beam that would cross a black hole, which here lets everything through."""
    if project.material_of(project.zone_manager.world_zone).icru != BLACK_HOLE:
        return
    points = _along_beam(project, image)
    filled = zone_numbers(project, points) > WORLD
    if np.count_nonzero(np.diff(filled.astype(np.int8)) == 1) + int(filled[0]) > 1:
        raise Unsupported("zoneManager.worldZone", "the beam crosses a black hole between zones")
