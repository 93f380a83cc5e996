"""The beam as a source of TOPAS, which flies along the z axis of its component."""

from adapters.simulators.native.geant4_names import HEAVY_ION, beam_nucleons, particle_name
from adapters.simulators.native.scene_checks import (
    check_cutoffs,
    check_highest_energy,
    check_source,
)
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.nesting import angles
from adapters.simulators.project.source import Beam
from adapters.simulators.project.spot import spot_axes
from adapters.simulators.topas.geometry import length, place_lines, quoted

NAME = "TOPAS"
SOURCE = "Beam"
HIGHEST = 1e8
"""MeV; the electromagnetic tables of Geant4, on which TOPAS stands, end at 100 TeV."""

REACH = 10.0
"""Standard deviations at which TOPAS is told to cut Gaussians, which it insists on."""


def check_beam(beam: Beam) -> None:
    """Refuse by name what TOPAS has no source for."""
    check_source(beam, NAME)
    check_cutoffs(beam, NAME)
    check_highest_energy(beam, beam_nucleons(beam, NAME), HIGHEST, NAME)


def source_lines(beam: Beam, centre: Vector) -> list[str]:
    """Return the source; `centre` is the world's, around which TOPAS counts."""
    energy = beam.energy * beam.energy_scale(beam_nucleons(beam, NAME))
    spread = 100.0 * beam.energy_spread / beam.energy
    x, y, z = (place - middle for place, middle in zip(beam.position, centre, strict=True))
    return [
        's:Ge/BeamPosition/Type = "Group"',
        's:Ge/BeamPosition/Parent = "World"',
        *place_lines("BeamPosition", (x, y, z), angles(spot_axes(beam.direction))),
        "",
        f's:So/{SOURCE}/Type = "Beam"',
        f's:So/{SOURCE}/Component = "BeamPosition"',
        f"s:So/{SOURCE}/BeamParticle = {quoted(_particle(beam))}",
        f"d:So/{SOURCE}/BeamEnergy = {energy!r} MeV",
        f"u:So/{SOURCE}/BeamEnergySpread = {spread!r}",
        *_positions(beam),
        *_directions(beam),
        f"i:So/{SOURCE}/NumberOfHistoriesInRun = {beam.number_of_particles}",
    ]


def _particle(beam: Beam) -> str:
    if beam.particle.id == HEAVY_ION:
        z, a = beam.particle.z, beam.particle.a
        return f"GenericIon({z},{a},{z})"
    return particle_name(beam.particle) or ""


def _positions(beam: Beam) -> list[str]:
    kind, x, y = beam.sigma.type, beam.sigma.x, beam.sigma.y
    if max(x, y) == 0 or (kind == "Flat circular" and y == 0):
        return [f's:So/{SOURCE}/BeamPositionDistribution = "None"']
    if kind == "Flat square":
        return _distribution("Flat", "Rectangle", x, y)
    if kind == "Flat circular":
        return _distribution("Flat", "Ellipse", y, y)
    spreads = [
        f"d:So/{SOURCE}/BeamPositionSpreadX = {length(x)}",
        f"d:So/{SOURCE}/BeamPositionSpreadY = {length(y)}",
    ]
    reach = REACH * max(x, y)
    return [*_distribution("Gaussian", "Ellipse", reach, reach), *spreads]


def _distribution(kind: str, shape: str, x: float, y: float) -> list[str]:
    return [
        f"s:So/{SOURCE}/BeamPositionDistribution = {quoted(kind)}",
        f"s:So/{SOURCE}/BeamPositionCutoffShape = {quoted(shape)}",
        f"d:So/{SOURCE}/BeamPositionCutoffX = {length(x)}",
        f"d:So/{SOURCE}/BeamPositionCutoffY = {length(y)}",
    ]


def _directions(beam: Beam) -> list[str]:
    x, y = beam.divergence.x, beam.divergence.y
    if not (x or y):
        return [f's:So/{SOURCE}/BeamAngularDistribution = "None"']
    return [
        f's:So/{SOURCE}/BeamAngularDistribution = "Gaussian"',
        f"d:So/{SOURCE}/BeamAngularCutoffX = 90.0 deg",
        f"d:So/{SOURCE}/BeamAngularCutoffY = 90.0 deg",
        f"d:So/{SOURCE}/BeamAngularSpreadX = {x / 1000!r} rad",
        f"d:So/{SOURCE}/BeamAngularSpreadY = {y / 1000!r} rad",
    ]
