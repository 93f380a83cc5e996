"""The beam as commands of Geant4's general particle source.

A spot lies in the plane that `pos/rot1` and `pos/rot2` span.
"""

from collections.abc import Iterable

from adapters.simulators.native.geant4_names import beam_nucleons, ion_of, particle_name
from adapters.simulators.native.scene_checks import (
    check_highest_energy,
    check_source,
    check_window,
    energy_window,
)
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.source import Beam
from adapters.simulators.project.spot import polar_angles, spot_axes
from domain.errors import Unsupported

NAME = "Geant4"
HIGHEST = 1e8
"""MeV; the electromagnetic tables of Geant4 end at 100 TeV."""


def check_beam(beam: Beam, drawn: bool) -> None:
    """Refuse by name what there is no source for; `drawn` says the scene is one for Geant4."""
    check_source(beam, NAME)
    nucleons = beam_nucleons(beam, NAME, drawn)
    check_highest_energy(beam, nucleons, HIGHEST, NAME)
    check_window(beam, nucleons)
    if beam.divergence.x or beam.divergence.y:
        raise Unsupported("beam.divergence", f"{NAME} takes a parallel beam here: set it to 0")


def ion_lines(ions: Iterable[tuple[int, int]]) -> list[str]:
    """Return commands that make ions (Z, A), which filters may name only then."""
    made = [f"/gps/ion {z} {a} {z} 0" for z, a in ions]
    return ["/gps/particle ion", *made] if made else []


def source_lines(beam: Beam, centre: Vector, drawn: bool) -> list[str]:
    """Return the commands; `centre` is the world's, around which Geant4 counts."""
    place = " ".join(
        plain(value - middle) for value, middle in zip(beam.position, centre, strict=True)
    )
    return [
        "/gps/verbose 0",
        f"/gps/position {place} cm",
        *_particle(beam, drawn),
        *_shape(beam),
        f"/gps/direction {' '.join(plain(value) for value in beam.direction)}",
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
    return ion_lines([ion])


def _shape(beam: Beam) -> list[str]:
    kind, x, y = beam.sigma.type, beam.sigma.x, beam.sigma.y
    if kind == "Flat circular" and y > 0:
        radius = f"/gps/pos/radius {plain(y)} cm"
        return ["/gps/pos/type Plane", "/gps/pos/shape Circle", radius, *_plane(beam)]
    if kind == "Flat square" and max(x, y) > 0:
        halves = [f"/gps/pos/halfx {plain(x)} cm", f"/gps/pos/halfy {plain(y)} cm"]
        return ["/gps/pos/type Plane", "/gps/pos/shape Rectangle", *halves, *_plane(beam)]
    if kind != "Gaussian" or max(x, y) == 0:
        return ["/gps/pos/type Beam"]
    sizes = [
        f"/gps/pos/sigma_{axis} {plain(size)} cm"
        for axis, size in zip("xy", (x, y), strict=True)
        if size
    ]
    return ["/gps/pos/type Beam", *sizes, *_plane(beam)]


def _plane(beam: Beam) -> list[str]:
    """Return the plane of a spot, which is that of x and y where nothing is said."""
    if polar_angles(beam.direction)[0] in (0.0, 180.0):
        return []
    axes = spot_axes(beam.direction)
    return [
        f"/gps/pos/rot{number + 1} {' '.join(plain(value) for value in axes[:, number])}"
        for number in (0, 1)
    ]


def _energy(beam: Beam, drawn: bool) -> list[str]:
    nucleons = beam_nucleons(beam, NAME, drawn)
    scale = beam.energy_scale(nucleons)
    low, high = energy_window(beam, nucleons)
    values = {"mono": beam.energy, "sigma": beam.energy_spread, "max": high, "min": low}
    lines = [f"/gps/ene/{word} {plain(value * scale)} MeV" for word, value in values.items()]
    return ["/gps/ene/type Gauss", *lines]
