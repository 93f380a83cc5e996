"""What must hold in a project beyond the types of its fields."""

import math
from collections.abc import Sequence

import numpy as np

from adapters.simulators.project.geometry import PARAMETERS, Solid
from adapters.simulators.project.model import (
    Detector,
    DetectorGeometry,
    Figure,
    Material,
    Output,
    Project,
    WorldZone,
    Zone,
)
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput
from domain.primaries import MOST_PRIMARIES
from domain.storable_text import is_storable

LONGEST = 1e5
"""No scene is a kilometre long."""

MOST_BINS = 10_000_000
"""Of one detector, and of all outputs of a job: a browser gets them all at once."""

SEGMENTS = {
    "Cyl": ("radialSegments", "zSegments"),
    "Mesh": ("xSegments", "ySegments", "zSegments"),
}
"""What counts the bins of a detector along each of its axes."""

MOST_POTENTIAL = 2000.0
"""eV; the heaviest elements have about 1000."""

EMPTY_MATERIALS = (0, 1000)
"""ICRU numbers that SHIELD-HIT12A uses for its black hole and for vacuum."""

PARTICLES = range(1, 27)
"""Numbers that the editor may give to kinds of particles."""


def check_beam(project: Project) -> None:
    """Check primaries, particle, energy and direction."""
    beam = project.beam
    if not 1 <= beam.number_of_particles <= MOST_PRIMARIES:
        raise InvalidInput(
            "beam.numberOfParticles",
            f"must be from 1 to {MOST_PRIMARIES}, not {beam.number_of_particles}",
        )
    if beam.particle.id not in PARTICLES:
        raise InvalidInput(
            "beam.particle.id", f"{beam.particle.id} is not a known particle; 2 is the proton"
        )
    if not 0 < beam.energy <= 1e6:
        raise InvalidInput("beam.energy", f"must be above 0 and up to 1e6 MeV, not {beam.energy}")
    if not 0 <= beam.energy_spread < beam.energy:
        raise InvalidInput("beam.energySpread", "must be from 0 MeV to below the energy")
    if math.hypot(*beam.direction) < 1e-6:
        raise InvalidInput("beam.direction", "must not be the zero vector")
    _check_lengths("beam.position", beam.position)
    if min(beam.sigma.x, beam.sigma.y) < 0:
        raise InvalidInput("beam.sigma", "must not be negative")


def check_solids(project: Project) -> None:
    """Check the sizes of all figures and of the world, and that figures are told apart."""
    for index, figure in enumerate(project.figure_manager.figures):
        _check_figure(f"figureManager.figures[{index}]", figure)
    _check_solid("zoneManager.worldZone.geometryData", world_solid(project))


def check_zones(project: Project) -> None:
    """Check that zones are made of figures and materials that exist."""
    figures = project.figures()
    for index, zone in enumerate(project.zone_manager.zones):
        field = f"zoneManager.zones[{index}]"
        _check_zone_material(field, project, zone)
        for operation in (step for group in zone.union_operations for step in group):
            if operation.object_uuid not in figures:
                raise InvalidInput(f"{field}.unionOperations", "there is no such figure")
    _check_zone_material("zoneManager.worldZone", project, project.zone_manager.world_zone)


def check_materials(project: Project) -> None:
    """Check the densities of used materials but vacuum and black hole, which need none."""
    used = _used_materials(project)
    for index, material in enumerate(project.material_manager.materials):
        field = f"materialManager.materials[{index}].density"
        if material.uuid in used:
            _check_density(field, material, material.density)


def _used_materials(project: Project) -> set[str | None]:
    zones: list[Zone | WorldZone] = [
        *project.zone_manager.zones,
        project.zone_manager.world_zone,
    ]
    quantities = (item for output in project.scoring_manager.outputs for item in output.quantities)
    return {zone.material_uuid for zone in zones} | {item.material_uuid for item in quantities}


def check_detectors(project: Project) -> None:
    """Check the bins of used detectors, that each reaches into the world, and zones by name."""
    zones = {zone.uuid for zone in project.zone_manager.zones}
    used = {output.detector_uuid for output in project.scoring_manager.outputs}
    for index, detector in enumerate(project.detector_manager.detectors):
        field, shape = f"detectorManager.detectors[{index}]", detector.geometry_data
        if detector.uuid not in used or shape.geometry_type == "All":
            continue
        if shape.geometry_type != "Zone":
            _check_bins(f"{field}.geometryData", shape)
            _check_reach(field, project, detector)
        elif shape.parameters.get("zoneUuid") not in zones:
            raise InvalidInput(f"{field}.geometryData.parameters.zoneUuid", "no such zone")


def _check_reach(field: str, project: Project, detector: Detector) -> None:
    low, high = world_solid(project).bounds()
    shape = detector.geometry_data
    reach, centre = np.array(detector_half_sizes(shape)), np.array(shape.position)
    if np.any(centre + reach <= low) or np.any(centre - reach >= high):
        raise InvalidInput(field, f"detector {detector.name!r} lies outside the world")


def check_outputs(project: Project) -> None:
    """Check that there are outputs, with names of their own, of detectors that exist."""
    outputs, detectors = project.scoring_manager.outputs, project.detectors()
    if not outputs:
        raise InvalidInput("scoringManager.outputs", "is empty; nothing would be scored")
    names: set[str] = set()
    for index, output in enumerate(outputs):
        field = f"scoringManager.outputs[{index}]"
        if not output.name or output.name in names:
            raise InvalidInput(f"{field}.name", f"{output.name!r} is empty or used twice")
        if not is_storable(output.name):
            raise InvalidInput(f"{field}.name", "must not hold NUL characters or half characters")
        names.add(output.name)
        if output.detector_uuid not in detectors:
            raise InvalidInput(f"{field}.detectorUuid", f"output {output.name!r} has no detector")
        if not output.quantities:
            raise InvalidInput(f"{field}.quantities", f"output {output.name!r} scores nothing")
        _check_quantities(field, project, output)
    values = sum(
        bins_of(detectors[output.detector_uuid or ""].geometry_data)
        * math.prod(max(1, modifier.bins_number) for modifier in quantity.modifiers)
        for output in outputs
        for quantity in output.quantities
    )
    if values > MOST_BINS:
        reason = f"score {values} values in all; {MOST_BINS} is the most that is kept of a job"
        raise InvalidInput("scoringManager.outputs", reason)


def bins_of(shape: DetectorGeometry) -> int:
    """Return into how many bins a detector is cut; a zone or everything is one."""
    return math.prod(bins(shape, name) for name in SEGMENTS.get(shape.geometry_type, ()))


def _check_quantities(field: str, project: Project, output: Output) -> None:
    """Check that filters exist; a quantity without its filter would be another quantity."""
    filters = project.filters()
    for index, quantity in enumerate(output.quantities):
        if quantity.filter is not None and quantity.filter not in filters:
            reason = f"quantity {quantity.name!r} has a filter that does not exist"
            raise InvalidInput(f"{field}.quantities[{index}].filter", reason)


def detector_half_sizes(shape: DetectorGeometry) -> tuple[float, float, float]:
    """Return half of the extent of a Cyl or Mesh detector along x, y and z."""
    if shape.geometry_type == "Cyl":
        radius = length(shape, "radius")
        return radius, radius, length(shape, "depth") / 2
    return length(shape, "width") / 2, length(shape, "height") / 2, length(shape, "depth") / 2


def length(shape: DetectorGeometry, name: str) -> float:
    """Return a size of a detector in cm."""
    value = shape.parameters.get(name, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0


def bins(shape: DetectorGeometry, name: str) -> int:
    """Return a number of bins of a detector."""
    value = shape.parameters.get(name, 1)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _check_bins(field: str, shape: DetectorGeometry) -> None:
    cylinder = shape.geometry_type == "Cyl"
    sizes = ("radius", "depth") if cylinder else ("width", "height", "depth")
    for name in sizes:
        if not 0 < length(shape, name) <= LONGEST:
            raise InvalidInput(f"{field}.parameters.{name}", "must be a length above 0 cm")
    if cylinder and not 0 <= length(shape, "innerRadius") < length(shape, "radius"):
        raise InvalidInput(f"{field}.parameters.innerRadius", "must be smaller than the radius")
    for name in SEGMENTS[shape.geometry_type]:
        if bins(shape, name) < 1:
            raise InvalidInput(f"{field}.parameters.{name}", "must be a whole number from 1")
    if bins_of(shape) > MOST_BINS:
        raise InvalidInput(f"{field}.parameters", f"more than {MOST_BINS} bins")
    _check_lengths(f"{field}.position", shape.position)


def _check_figure(field: str, figure: Figure) -> None:
    _check_solid(f"{field}.geometryData", figure.geometry_data)
    for index, child in enumerate(figure.children):
        _check_figure(f"{field}.children[{index}]", child)


def _check_solid(field: str, solid: Solid) -> None:
    for name in PARAMETERS[solid.geometry_type]:
        if not 0 < solid.parameters.get(name, 0.0) <= LONGEST:
            raise InvalidInput(f"{field}.parameters.{name}", "must be a length above 0 cm")
    _check_lengths(f"{field}.position", solid.position)


def _check_zone_material(field: str, project: Project, zone: Zone | WorldZone) -> None:
    try:
        material = project.material_of(zone)
    except KeyError:
        raise InvalidInput(f"{field}.materialUuid", "there is no such material") from None
    overrides = zone.material_properties_overrides
    if overrides.density is None:
        _check_density(f"{field}.customMaterial.density", material, material.density)
    else:
        _check_density(f"{field}.materialPropertiesOverrides.density", material, overrides.density)
    potential = overrides.average_ionisation_potential
    if potential is not None and not 0 < potential <= MOST_POTENTIAL:
        where = f"{field}.materialPropertiesOverrides.averageIonisationPotential"
        raise InvalidInput(where, f"must be above 0 eV and up to {MOST_POTENTIAL}, not {potential}")


def _check_density(field: str, material: Material, density: float) -> None:
    if material.icru not in EMPTY_MATERIALS and not 0 < density <= 1000:
        raise InvalidInput(field, f"must be above 0 g/cm3, not {density}")


def _check_lengths(field: str, values: Sequence[float]) -> None:
    if max(abs(value) for value in values) > LONGEST:
        raise InvalidInput(field, f"must lie within {LONGEST:.0f} cm")
