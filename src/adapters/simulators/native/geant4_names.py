"""Particles as Geant4 names them, which TOPAS does too."""

import re

from adapters.simulators.project.filters import Filter, Particle, particle_of
from adapters.simulators.project.source import Beam
from domain.errors import Unsupported

HEAVY_ION = 25
PARTICLES = {
    1: ("neutron", 1), 2: ("proton", 1), 3: ("pi-", 1), 4: ("pi+", 1), 5: ("pi0", 1),
    6: ("anti_neutron", 1), 7: ("anti_proton", 1), 8: ("kaon-", 1), 9: ("kaon+", 1),
    10: ("kaon0", 1), 11: ("kaon0L", 1), 12: ("gamma", 1), 13: ("e-", 1), 14: ("e+", 1),
    15: ("mu-", 1), 16: ("mu+", 1), 21: ("deuteron", 2), 22: ("triton", 3), 23: ("He3", 3),
    24: ("alpha", 4), 26: ("e-", 1),
}  # fmt: skip
"""Name and number of nucleons by the number that the editor gives them.

It counts as SHIELD-HIT12A does, with a number of its own for electrons (26). The neutral kaon 11 is
the long-lived one (PDG 130).
"""

PARTICLES_OF_GEANT4_SCENES = {
    1: ("neutron", 1), 2: ("proton", 1), 3: ("gamma", 1), 4: ("e-", 1), 5: ("e+", 1),
    6: ("alpha", 4), 7: ("mu-", 1), 8: ("mu+", 1), 9: ("pi-", 1), 10: ("pi+", 1),
}  # fmt: skip
"""The same for projects that were made for Geant4, where the editor counts otherwise."""

IONS_OF_GEANT4_SCENES = {11: (6, 12)}
"""Charge and nucleons of ions that have a number of their own there: carbon-12."""

LIGHT_IONS = {
    (0, 1): "neutron", (1, 1): "proton", (1, 2): "deuteron", (1, 3): "triton", (2, 3): "He3",
    (2, 4): "alpha",
}  # fmt: skip

SYMBOLS = tuple(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se
    Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb
    Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm
    Bk Cf
    """.split()  # noqa: SIM905
)
"""Elements by atomic number."""


def ion_name(z: int, a: int) -> str | None:
    """Return what Geant4 calls an ion with `z` protons and `a` nucleons (`C12`)."""
    if (z, a) in LIGHT_IONS:
        return LIGHT_IONS[z, a]
    return f"{SYMBOLS[z - 1]}{a}" if 1 <= z <= len(SYMBOLS) and z <= a < 300 else None


def ion_of(particle: Particle, geant4_scene: bool = False) -> tuple[int, int] | None:
    """Return charge and nucleons of a particle that is told by them; None for any other."""
    if particle.id == HEAVY_ION:
        return particle.z or 0, particle.a or 0
    return IONS_OF_GEANT4_SCENES.get(particle.id) if geant4_scene else None


def particle_name(particle: Particle, geant4_scene: bool = False) -> str | None:
    """Return the name of a kind of particle; None if Geant4 has none such."""
    ion = ion_of(particle, geant4_scene)
    if ion is not None:
        return ion_name(*ion)
    table = PARTICLES_OF_GEANT4_SCENES if geant4_scene else PARTICLES
    return table.get(particle.id, (None, 0))[0]


def ion_by_name(name: str | None) -> tuple[int, int] | None:
    """Return Z and A of an ion that Geant4 knows only once it is made; None for all others."""
    found = re.fullmatch(r"([A-Z][a-z]?)(\d{1,3})", name or "")
    if found is None or found[0] in LIGHT_IONS.values() or found[1] not in SYMBOLS:
        return None
    return SYMBOLS.index(found[1]) + 1, int(found[2])


def beam_nucleons(beam: Beam, simulator: str, geant4_scene: bool = False) -> int:
    """Return the number of nucleons of a primary; Unsupported if there are no such primaries."""
    particle = beam.particle
    if particle_name(particle, geant4_scene) is None:
        name = particle.name or f"particle {particle.id}"
        raise Unsupported("beam.particle", f"{simulator} has no beam of {name}")
    ion = ion_of(particle, geant4_scene)
    if ion is not None:
        return ion[1]
    table = PARTICLES_OF_GEANT4_SCENES if geant4_scene else PARTICLES
    return table[particle.id][1]


def filter_particle(found: Filter) -> str | None:
    """Return the one particle that a filter lets through by kind, or by Z and A; else None."""
    particle = particle_of(found)
    if particle is not None:
        return particle_name(particle)
    exact = {rule.keyword: rule.value for rule in found.rules if rule.operator in ("==", "equal")}
    if len(exact) < 2 or not {"Z", "A"} <= set(exact):
        return None
    return ion_name(int(exact["Z"]), int(exact["A"]))
