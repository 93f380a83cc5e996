"""The BEAM, HI-PROPE, BEAMPOS and BEAMAXES cards.

FLUKA counts energies in GeV and spreads as full widths at half maximum. The spread of the beam
is one of momentum: with kinetic energy T, mass m and momentum p, dp = dT·(T + m)/p.
"""

import math
from collections.abc import Sequence

from adapters.simulators.fluka.cards import Value, card, number
from adapters.simulators.fluka.particles import HEAVY_ION, Kind, beam_kind
from adapters.simulators.native.scene_checks import (
    check_cutoffs,
    check_highest_energy,
    check_source,
)
from adapters.simulators.project.source import Beam
from adapters.simulators.project.spot import polar_angles, spot_axes
from domain.errors import Unsupported

NAME = "FLUKA"
FULL_WIDTH = 2 * math.sqrt(2 * math.log(2))
"""Full width at half maximum of a Gaussian, in standard deviations."""

GEV = 1e-3
HIGHEST = 2e7
"""MeV; hadrons above 20 TeV need DPMJET, which is a program of its own (manual, section 1.4)."""


def check_beam(beam: Beam) -> None:
    """Refuse by name what FLUKA has no beam for."""
    check_source(beam, NAME)
    check_cutoffs(beam, NAME)
    kind = beam_kind(beam)
    if beam.particle.id != HEAVY_ION:
        check_highest_energy(beam, kind.nucleons, HIGHEST, NAME)
    if beam.divergence.x != beam.divergence.y:
        raise Unsupported("beam.divergence", "FLUKA has one divergence: x and y must be equal")
    gaussian = beam.sigma.type == "Gaussian"
    if gaussian and (beam.sigma.x > 0) != (beam.sigma.y > 0):
        raise Unsupported("beam.sigma", "FLUKA has no beam that is Gaussian in one direction only")
    if beam.sigma.type == "Flat square" and (beam.sigma.x > 0) != (beam.sigma.y > 0):
        # FLUKA would take the one for the other.
        raise Unsupported("beam.sigma", "FLUKA has no rectangle without a width")


def beam_cards(beam: Beam) -> list[str]:
    """Return the cards of the source, with comments that say what they mean."""
    kind = beam_kind(beam)
    energy = beam.energy * _scale(beam, kind)
    spread = number(_momentum_spread(beam, kind))
    divergence = number(-beam.divergence.x * FULL_WIDTH)
    shape, said = _shape(beam)
    lines = [
        f"* {kind.name} beam of energy {number(energy)} GeV",
        f"* {said}",
        card("BEAM", [-energy, spread, divergence, *shape], kind.name),
    ]
    if beam.particle.id == HEAVY_ION:
        z, a = beam.particle.z or 0, beam.particle.a or 0
        lines += [f"* heavy ion properties: a={a}, z={z}", card("HI-PROPE", [z, a, 0, 0, 0, 0])]
    return [*lines, *_position(beam)]


def title(beam: Beam) -> str:
    """Return the title of the input."""
    return f"{beam_kind(beam).name.lower()} beam simulation"


def _scale(beam: Beam, kind: Kind) -> float:
    """Return what makes GeV of the beam's energies, for heavy ions GeV per nucleon."""
    if beam.particle.id == HEAVY_ION:
        nucleons = beam.particle.a or 1
        return beam.energy_scale(nucleons) / nucleons * GEV
    return beam.energy_scale(kind.nucleons) * GEV


def _momentum_spread(beam: Beam, kind: Kind) -> float:
    """Return the momentum spread in GeV/c, negative since it is the width of a Gaussian."""
    energy, spread = (value * _scale(beam, kind) for value in (beam.energy, beam.energy_spread))
    momentum = math.sqrt(energy * (energy + 2 * kind.mass))
    spread *= (energy + kind.mass) / momentum
    return -spread * FULL_WIDTH


def _shape(beam: Beam) -> tuple[Sequence[Value], str]:
    """Return fields 4 to 6 of BEAM and what they say; lengths in cm."""
    x, y = beam.sigma.x, beam.sigma.y
    if beam.sigma.type == "Flat circular":
        radius = number(y)
        said = f"flat circular shape with max radius={radius} cm, min radius=0.0 cm"
        return [y, 0.0, -1.0], said
    if beam.sigma.type == "Flat square":
        wide = [2 * x, 2 * y]
        said = f"flat square shape with x={number(wide[0])} cm, y={number(wide[1])} cm"
        return [*wide, 0.0], said
    said = f"gaussian shape with standard deviations x={number(x)} cm, y={number(y)} cm"
    return [-x * FULL_WIDTH, -y * FULL_WIDTH, -1.0 if x else 0.0], said


def _position(beam: Beam) -> list[str]:
    """Return the card of the place and direction, and for wide beams those of the spot's axes.

    The direction is that in the frame of the spot, which is the scene's where nothing else is said
    (manual, BEAMPOS and BEAMAXES).
    """
    length = math.hypot(*beam.direction)
    x, y, z = (value / length for value in beam.direction)
    place = ", ".join(number(value) for value in beam.position)
    lines = [f"* beam position: ({place}) cm"]
    if _needs_axes(beam):
        axes = spot_axes(beam.direction)
        return [
            *lines,
            f"* beam direction cosines: {number(x)}, {number(y)}, {number(z)}",
            card("BEAMPOS", [*beam.position, 0.0, 0.0, 0.0]),
            "* axes x and z of the beam spot",
            card("BEAMAXES", [*map(float, axes[:, 0]), *map(float, axes[:, 2])]),
        ]
    backwards = z < 0
    side = "negative" if backwards else "positive"
    return [
        *lines,
        f"* beam direction cosines in respect to x: {number(x)}, y: {number(y)}",
        f"* beam direction is {side} in respect to z axis",
        card("BEAMPOS", [*beam.position, x, y, 0.0], "NEGATIVE" if backwards else ""),
    ]


def _needs_axes(beam: Beam) -> bool:
    """Return whether a beam has a spot, or spread directions, and does not run along z."""
    along_z = polar_angles(beam.direction)[0] in (0.0, 180.0)
    size = beam.sigma.y if beam.sigma.type == "Flat circular" else max(beam.sigma.x, beam.sigma.y)
    return not along_z and (size > 0 or beam.divergence.x > 0)
