"""Particles by the number the editor gives them, and as FLUKA calls them.

FLUKA's names are those of section 5.1 of its manual. The editor counts as SHIELD-HIT12A does, and
has a number of its own for electrons, which it offers for FLUKA.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.simulators.project.filters import Filter, Particle, particle_of
from adapters.simulators.project.source import Beam
from domain.errors import Unsupported

HEAVY_ION = 25


@dataclass(frozen=True, slots=True)
class Kind:
    """FLUKA's name of a particle, its number of nucleons and its mass in GeV/c2."""

    name: str
    nucleons: int
    mass: float


KINDS = {
    1: Kind("NEUTRON", 1, 0.939565),
    2: Kind("PROTON", 1, 0.938272),
    3: Kind("PION-", 1, 0.139570),
    4: Kind("PION+", 1, 0.139570),
    5: Kind("PIZERO", 1, 0.134977),
    6: Kind("ANEUTRON", 1, 0.939565),
    7: Kind("APROTON", 1, 0.938272),
    8: Kind("KAON-", 1, 0.493677),
    9: Kind("KAON+", 1, 0.493677),
    10: Kind("KAONZERO", 1, 0.497611),
    11: Kind("KAONLONG", 1, 0.497611),
    12: Kind("PHOTON", 1, 0.0),
    13: Kind("ELECTRON", 1, 0.000510999),
    14: Kind("POSITRON", 1, 0.000510999),
    15: Kind("MUON-", 1, 0.105658),
    16: Kind("MUON+", 1, 0.105658),
    21: Kind("DEUTERON", 2, 1.875613),
    22: Kind("TRITON", 3, 2.808921),
    23: Kind("3-HELIUM", 3, 2.808391),
    24: Kind("4-HELIUM", 4, 3.727379),
    HEAVY_ION: Kind("HEAVYION", 1, 0.931494),
    26: Kind("ELECTRON", 1, 0.000510999),
}
"""The energy of a HEAVYION is per atomic mass unit, which is why its mass is that of one.

The neutral kaon 11 is the long-lived one, as the editor has it (PDG 130).
"""

LIGHT_IONS = {
    (0, 1): "NEUTRON",
    (1, 1): "PROTON",
    (1, 2): "DEUTERON",
    (1, 3): "TRITON",
    (2, 3): "3-HELIUM",
    (2, 4): "4-HELIUM",
}
"""Names by charge and nucleons; other ions are told by a number."""


CHARGES: Mapping[frozenset[tuple[str, str, float]], str] = {
    frozenset({("Z", "==", 0.0)}): "ALL-NEUT",
    frozenset({("Z", "!=", 0.0)}): "ALL-CHAR",
}
"""Families of particles by rules on their charge (manual, generalised particles)."""


def beam_kind(beam: Beam) -> Kind:
    """Return the kind of primaries; Unsupported if FLUKA has none such."""
    kind = KINDS.get(beam.particle.id)
    if kind is None:
        name = beam.particle.name or f"particle {beam.particle.id}"
        raise Unsupported("beam.particle", f"FLUKA has no beam of {name}")
    if beam.particle.id == HEAVY_ION and not (beam.particle.a and beam.particle.z):
        raise Unsupported("beam.particle", "FLUKA needs Z and A of a heavy ion")
    return kind


def filter_code(found: Filter) -> str | int | None:
    """Return what AUXSCORE takes for a filter; None if it can't tell these particles.

    Ions are the negative number 100·Z + 100000·A; a Z or A of 0 stands for any.
    """
    particle = particle_of(found)
    if particle is not None:
        return _particle_code(particle)
    told = frozenset((rule.keyword, rule.operator, rule.value) for rule in found.rules)
    if told in CHARGES:
        return CHARGES[told]
    numbers = {"Z": 0, "A": 0}
    for rule in found.rules:
        if rule.keyword not in numbers or rule.operator not in ("==", "equal"):
            return None
        if rule.value != int(rule.value) or not 0 <= rule.value < 300:
            return None
        numbers[rule.keyword] = int(rule.value)
    if not found.rules:
        return None
    exact = {rule.keyword for rule in found.rules} == {"Z", "A"}
    return _ion_code(numbers["Z"], numbers["A"], exact)


def _particle_code(particle: Particle) -> str | int | None:
    kind = KINDS.get(particle.id)
    if kind is None:
        return None
    if particle.id == HEAVY_ION and particle.a and particle.z:
        return _ion_code(particle.z, particle.a, True)
    return kind.name


def _ion_code(z: int, a: int, exact: bool) -> str | int | None:
    if exact and (z, a) in LIGHT_IONS:
        return LIGHT_IONS[z, a]
    code = 100 * z + 100_000 * a
    return -code if code and z else None
