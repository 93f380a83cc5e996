"""The words that the editor offers for what is scored, and for what it is scored of."""

from collections.abc import Mapping
from typing import Any

Rule = tuple[str, str, float]

QUANTITIES = (
    "1MeVNEq", "Alanine", "AvgBeta", "AvgEnergy", "DDD", "Dose", "DoseEqv", "DoseGy", "Energy",
    "EqvDose", "Fluence", "KineticEnergySpectrum", "MATERIAL", "NEqvDose", "NKERMA", "Rho", "ZONE",
    "dLET", "dQ", "dQeff", "dZ2Beta2", "dZeff2Beta2", "tLET", "tQ", "tQeff", "tZ2Beta2",
    "tZeff2Beta2",
)  # fmt: skip

DIFFERENTIALS = (
    "ANGLE", "DEDX", "E", "EAMU", "ENUC", "MDEDX", "TL", "Z", "Z2Beta2", "Zeff", "Zeff2Beta2",
)  # fmt: skip

DETECTORS = ("Mesh", "Cyl", "Zone", "All")

RULES: Mapping[str, tuple[Rule, ...]] = {
    "Z == 6": (("Z", "equal", 6),),
    "A == 12": (("A", "equal", 12),),
    "Z == 6 and A == 12": (("Z", "equal", 6), ("A", "equal", 12)),
    "Z == 0": (("Z", "equal", 0),),
    "Z != 0": (("Z", "not_equal", 0),),
    "Z > 2": (("Z", "greater_than", 2),),
    "E >= 10": (("E", "greater_than_or_equal", 10),),
    "E < 50 and Z == 1 and A == 1": (("E", "less_than", 50), ("Z", "equal", 1), ("A", "equal", 1)),
    "ENUC >= 10": (("ENUC", "greater_than_or_equal", 10),),
    "EAMU >= 10": (("EAMU", "greater_than_or_equal", 10),),
    "AMASS > 900": (("AMASS", "greater_than", 900),),
    "AMU > 1": (("AMU", "greater_than", 1),),
    "GEN == 0": (("GEN", "equal", 0),),
    "GEN >= 1": (("GEN", "greater_than_or_equal", 1),),
    "ID == 2": (("ID", "equal", 2),),
    "NPRIM <= 100": (("NPRIM", "less_than_or_equal", 100),),
}
"""Rules as the editor stores them, by what they say."""

ENERGIES: Mapping[str, Any] = {
    "kineticEnergyLow": 10, "kineticEnergyHigh": 100, "kineticEnergyUnit": "MeV",
}  # fmt: skip
KINDS_OF_PARTICLES: Mapping[str, Any] = {"particleTypes": [{"id": 2, "name": "Proton"}]}
SCENE_FILTERS: Mapping[str, Mapping[str, Any]] = {
    "charged": {},
    "neutral": {},
    "kineticEnergy": ENERGIES,
    "particle": KINDS_OF_PARTICLES,
    "particleWithKineticEnergy": {**ENERGIES, **KINDS_OF_PARTICLES},
}
"""Filters of scenes for Geant4, by their kind."""

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "rescale": {"rescale": 2.0},
    "offset": {"offset": 1.0},
    "primaries": {"primaries": 1e9},
    "another material": {"materialUuid": "lead"},
    "another medium of kerma": {"keyword": "NKERMA", "medium": "WATER"},
}
"""What else may be set for a quantity."""

PARTICLES = (
    (1, "Neutron"), (2, "Proton"), (3, "Pion-"), (4, "Pion+"), (7, "Anti-proton"), (8, "Kaon-"),
    (9, "Kaon+"), (10, "Kaon0"), (11, "Kaon0 long"), (15, "Muon-"), (16, "Muon+"),
    (21, "Deuteron"), (22, "Triton"), (23, "Helium-3"), (24, "Helium-4"), (25, "Heavy ion"),
    (26, "Electron"),
)  # fmt: skip
"""Kinds of particles by the editor's number; a heavy ion has Z and A too."""
