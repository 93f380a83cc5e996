"""The beam: a plan with spots, and a beam data library that says what a spot is.

Found by shooting at water and looking where the energy went: with gantry angle g and couch angle
c, in the axes of the image as it is written, the beam travels along (sin g cos c, -cos g,
sin g sin c); the plan's x runs along (-cos g cos c, -sin g, -cos g sin c), its y along
(-sin c, 0, cos c); the isocentre's x counts from the far end of the image, its y and z from the
near one.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Grid
from adapters.simulators.project.model import Project
from adapters.simulators.project.source import Beam
from adapters.simulators.project.spot import spot_axes
from domain.errors import Unsupported

NOZZLE = 100.0
"""Distance in mm from the start of the beam to the isocentre; any would do."""

POINT = 1e-4
"""Spot size in mm and divergence in rad of a pencil beam: zero would give NaN positions."""

CORRELATION = 0.1
SPOTS_ACROSS = 25
TAILS = 6.0
PROTON = 2
UNUSED_LOW, UNUSED_HIGH = 1e-3, 1000.0

Vector = NDArray[np.float64]


def check_beam(project: Project) -> None:
    """Refuse by name what MCsquare has no beam for."""
    beam = project.beam
    if beam.particle.id != PROTON:
        name = beam.particle.name or f"particle {beam.particle.id}"
        raise Unsupported("beam.particle", f"MCsquare transports protons only, not {name}")
    if beam.source_type != "simple":
        raise Unsupported("beam.sourceType", "MCsquare takes a simple source only")
    if not 1 <= beam.energy <= 300:
        raise Unsupported("beam.energy", f"MCsquare knows 1 to 300 MeV, not {beam.energy}")
    if beam.energy_low_cutoff > UNUSED_LOW or beam.energy_high_cutoff < UNUSED_HIGH:
        fits = beam.energy_low_cutoff < beam.energy - 5 * beam.energy_spread
        if not fits or beam.energy_high_cutoff < beam.energy + 5 * beam.energy_spread:
            raise Unsupported("beam.energyLowCutoff", "MCsquare can't cut the beam's spectrum")
    if beam.divergence.x or beam.divergence.y or beam.divergence.distance_to_focal:
        raise Unsupported("beam.divergence", "MCsquare takes a parallel beam only: set it to 0")
    _spot_sizes(beam, *_angles(unit_direction(beam)))


def beam_files(project: Project, grid: Grid) -> dict[str, bytes]:
    """Return the plan and the beam data library."""
    beam = project.beam
    direction = unit_direction(beam)
    gantry, couch = _angles(direction)
    isocentre = np.array(beam.position) * 10 + direction * NOZZLE
    from_start = isocentre - np.array([axis.start * 10 for axis in grid.axes])
    width = grid.x.spacing * grid.x.count * 10
    position = (width - from_start[0], from_start[1], from_start[2])
    sizes = _spot_sizes(beam, gantry, couch)
    spots = _spots(beam, sizes)
    flat = beam.sigma.type != "Gaussian"
    smear = _smear(beam) if flat else sizes
    return {
        "plan.txt": _plan(beam.energy, gantry, couch, position, spots),
        "bdl.txt": _library(beam, smear),
    }


def unit_direction(beam: Beam) -> Vector:
    """Return the direction with length 1."""
    vector = np.array(beam.direction, dtype=np.float64)
    return np.asarray(vector / np.linalg.norm(vector))


def _angles(direction: Vector) -> tuple[float, float]:
    """Return gantry and couch angle in rad for a direction of length 1."""
    x, y, z = (float(value) for value in direction)
    return math.acos(max(-1.0, min(1.0, -y))), math.atan2(z, x)


def _spot_sizes(beam: Beam, gantry: float, couch: float) -> tuple[float, float]:
    """Return the spot's size in mm along x and y of the plan.

    The spot lies as `project.spot` says, the same for all simulators. The plan's axes can be
    turned to its axes for beams that have one of them along an axis of the lab; for others only a
    round spot is the same.
    """
    kind, x, y = beam.sigma.type, beam.sigma.x * 10, beam.sigma.y * 10
    if kind == "Flat circular":
        return y, y
    if x == y:
        return x, y
    across = spot_axes(beam.direction)[:, 0]
    plan_x = np.array(
        [
            -math.cos(gantry) * math.cos(couch),
            -math.sin(gantry),
            -math.cos(gantry) * math.sin(couch),
        ]
    )
    alike = abs(float(across @ plan_x))
    if alike > 1 - 1e-6:
        return x, y
    if alike < 1e-6:
        return y, x
    raise Unsupported("beam.sigma", "MCsquare takes x and y apart only along the lab's axes")


def spot_sizes(beam: Beam) -> tuple[float, float]:
    """Return how wide the spot is in x and y (cm): standard deviations, or halves of flat ones."""
    size = beam.sigma
    return (size.y, size.y) if size.type == "Flat circular" else (size.x, size.y)


def spot_radius(beam: Beam) -> float:
    """Return a radius (cm) around the axis beyond which no primary starts.

    Beyond six standard deviations a billion primaries leave two behind.
    """
    size = beam.sigma
    if size.type == "Gaussian":
        return TAILS * max(size.x, size.y)
    widest = size.y if size.type == "Flat circular" else math.hypot(size.x, size.y)
    return widest + TAILS * max(_smear(beam)) / 10


def _smear(beam: Beam) -> tuple[float, float]:
    """Return the size in mm of the small spots that a flat one is made of."""
    size = beam.sigma
    if size.type == "Flat circular":
        return (size.y * 10 / SPOTS_ACROSS,) * 2
    return (max(size.x, size.y) * 10 / SPOTS_ACROSS,) * 2


def _spots(beam: Beam, sizes: tuple[float, float]) -> list[tuple[float, float]]:
    """Return the positions in mm of equal spots: one, or many that fill a flat shape evenly."""
    kind = beam.sigma.type
    if kind == "Gaussian":
        return [(0.0, 0.0)]
    half_x, half_y = sizes
    middle = (np.arange(SPOTS_ACROSS) + 0.5) / SPOTS_ACROSS * 2 - 1
    square = [(float(x), float(y)) for x in middle for y in middle]
    if kind == "Flat circular":
        square = [(x, y) for x, y in square if x * x + y * y <= 1]
    return [(x * half_x, y * half_y) for x, y in square]


def _library(beam: Beam, sizes: tuple[float, float]) -> bytes:
    """Return a beam data library of two energies around the beam's."""
    spread = 100 * beam.energy_spread / beam.energy
    spot = " ".join(f"{max(size, POINT):.9g} {POINT} {CORRELATION}" for size in sizes)
    below, above = beam.energy - min(1.0, beam.energy / 2), beam.energy + 1
    rows = "\n".join(
        f"{energy:.9g} {energy:.9g} {spread:.9g} 1.0 1.0 {spot} 0.0 {spot}"
        for energy in (below, above)
    )
    columns = " ".join(
        f"SpotSize{n}{axis} Divergence{n}{axis} Correlation{n}{axis}"
        for n in (1, 2)
        for axis in "xy"
    ).replace("SpotSize2x", "Weight2 SpotSize2x")
    return (
        "--UPenn beam model (double gaussian)--\n\n"
        f"Nozzle exit to Isocenter distance\n{NOZZLE}\n\n"
        # So far away that shifted spots stay parallel.
        "SMX to Isocenter distance\n1e7\n\nSMY to Isocenter distance\n1e7\n\n"
        "Beam parameters\n2 energies\n\n"
        f"NominalEnergy MeanEnergy EnergySpread ProtonsMU Weight1 {columns}\n{rows}\n"
    ).encode()


def _plan(
    energy: float,
    gantry: float,
    couch: float,
    isocentre: Sequence[float],
    spots: Sequence[tuple[float, float]],
) -> bytes:
    """Return a treatment plan of one field with equal spots."""
    total = len(spots)
    angles = [math.degrees(angle) % 360 for angle in (gantry, couch)]
    place = " ".join(f"{value:.6f}" for value in isocentre)
    lines = "\n".join(f"{x:.6f} {y:.6f} 1.0" for x, y in spots)
    return (
        "#TREATMENT-PLAN-DESCRIPTION\n#PlanName\nproject\n#NumberOfFractions\n1\n"
        "##FractionID\n1\n##NumberOfFields\n1\n###FieldsID\n1\n"
        f"#TotalMetersetWeightOfAllFields\n{total}\n\n"
        f"#FIELD-DESCRIPTION\n###FieldID\n1\n###FinalCumulativeMeterSetWeight\n{total}\n"
        f"###GantryAngle\n{angles[0]:.9g}\n###PatientSupportAngle\n{angles[1]:.9g}\n"
        f"###IsocenterPosition\n{place}\n###NumberOfControlPoints\n1\n\n"
        "#SPOTS-DESCRIPTION\n####ControlPointIndex\n1\n####SpotTunnedID\n1\n"
        f"####CumulativeMetersetWeight\n{total}\n####Energy (MeV)\n{energy:.9g}\n"
        f"####NbOfScannedSpots\n{total}\n####X Y Weight\n{lines}\n"
    ).encode()
