"""The beam as commands of Geant4's general particle source."""

import math

from adapters.simulators.native.geant4_names import beam_nucleons, ion_of, particle_name
from adapters.simulators.native.scene_checks import check_source
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.source import Beam
from domain.errors import Unsupported

NAME = "Geant4"


def check_beam(beam: Beam, drawn: bool) -> None:
    """Refuse by name what there is no source for; `drawn` says the scene is one for Geant4."""
    check_source(beam, NAME)
    beam_nucleons(beam, NAME, drawn)
    if beam.divergence.x or beam.divergence.y:
        raise Unsupported("beam.divergence", f"{NAME} takes a parallel beam here: set it to 0")
    along_z = math.hypot(*beam.direction[:2]) < 1e-9 * abs(beam.direction[2])
    if not along_z and max(beam.sigma.x, beam.sigma.y) > 0:
        raise Unsupported("beam.direction", f"{NAME} takes wide beams along z only here")


def source_lines(beam: Beam, centre: Vector, drawn: bool) -> list[str]:
    """Return the commands; `centre` is the world's, around which Geant4 counts."""
    place = " ".join(
        plain(value - middle) for value, middle in zip(beam.position, centre, strict=True)
    )
    direction = " ".join(plain(value) for value in beam.direction)
    return [
        "/gps/verbose 0",
        f"/gps/position {place} cm",
        *_particle(beam, drawn),
        *_shape(beam),
        f"/gps/direction {direction}",
        *_energy(beam, drawn),
    ]


def plain(value: float) -> str:
    """Return a number as a macro has it, without a fraction where it is whole."""
    value = round(float(value), 12) + 0.0
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _particle(beam: Beam, drawn: bool) -> list[str]:
    ion = ion_of(beam.particle, drawn)
    if ion is None:
        return [f"/gps/particle {particle_name(beam.particle, drawn)}"]
    z, a = ion
    return ["/gps/particle ion", f"/gps/ion {z} {a} {z} 0"]


def _shape(beam: Beam) -> list[str]:
    kind, x, y = beam.sigma.type, beam.sigma.x, beam.sigma.y
    if kind == "Flat circular" and y > 0:
        return ["/gps/pos/type Plane", "/gps/pos/shape Circle", f"/gps/pos/radius {plain(y)} cm"]
    if kind == "Flat square" and max(x, y) > 0:
        halves = [f"/gps/pos/halfx {plain(x / 2)} cm", f"/gps/pos/halfy {plain(y / 2)} cm"]
        return ["/gps/pos/type Plane", "/gps/pos/shape Rectangle", *halves]
    sizes = [
        f"/gps/pos/sigma_{axis} {plain(size)} cm"
        for axis, size in zip("xy", (x, y), strict=True)
        if size
    ]
    return ["/gps/pos/type Beam", *sizes]


def _energy(beam: Beam, drawn: bool) -> list[str]:
    scale = beam.energy_scale(beam_nucleons(beam, NAME, drawn))
    values = {
        "mono": beam.energy,
        "sigma": beam.energy_spread,
        "max": beam.energy_high_cutoff,
        "min": beam.energy_low_cutoff,
    }
    lines = [f"/gps/ene/{word} {plain(value * scale)} MeV" for word, value in values.items()]
    return ["/gps/ene/type Gauss", *lines]
