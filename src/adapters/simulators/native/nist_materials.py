"""The materials that Geant4 knows by name, which TOPAS does too, and what fills zones of them.

Geant4 makes a material of another density a mixture of the known one, and would guess the mean
excitation energy of the mixture from its elements (69 eV for water). So both are always told.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from adapters.simulators.project.densities import density_of
from adapters.simulators.project.model import Project, WorldZone, Zone
from domain.errors import Unsupported

TABLE = "nist_materials.tsv"
BLACK_HOLE, VACUUM = 0, 1000
"""ICRU numbers of what is no material."""

SAME = 1e-4
"""Relative difference below which a density is the one that Geant4 has."""

RENAMED: Mapping[str, str] = {
    "G4_TESTES_ICRP": "G4_TESTIS_ICRP",
    "G4_TISSUE_SOFT_ICRU": "G4_TISSUE_SOFT_ICRU-4",
    "G4_NYLON-6/6": "G4_NYLON-6-6",
    "G4_NYLON-6/10": "G4_NYLON-6-10",
}
"""Names of the editor's list that Geant4 spells otherwise."""


@dataclass(frozen=True, slots=True)
class NistMaterial:
    """A material of Geant4: density in g/cm3, mean excitation energy in eV."""

    name: str
    icru: int | None
    density: float
    excitation: float


@dataclass(frozen=True, slots=True)
class Substance:
    """What fills a volume: a material, its density (g/cm3) and mean excitation energy (eV)."""

    base: NistMaterial
    density: float
    excitation: float

    @property
    def is_own(self) -> bool:
        """Whether it differs from the material of this name."""
        return self.name != self.base.name

    @property
    def name(self) -> str:
        """A name that is the material's own only where nothing differs."""
        parts = [self.base.name]
        if not _alike(self.density, self.base.density):
            parts.append(f"{round(self.density, 9):.15g}")
        if self.excitation != self.base.excitation:
            parts.append(f"{self.excitation:.15g}eV")
        return "_".join(parts)


@cache
def known_materials() -> Mapping[str, NistMaterial]:
    """Return the materials by name."""
    text = files(__package__).joinpath(TABLE).read_text("utf-8")
    rows = [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]
    return {
        name: NistMaterial(name, int(icru) if icru else None, float(density), float(excitation))
        for name, icru, density, excitation in rows[1:]
    }


@cache
def materials_by_icru() -> Mapping[int, NistMaterial]:
    """Return those of the editor's materials that Geant4 knows, by ICRU number."""
    return {item.icru: item for item in known_materials().values() if item.icru is not None}


def named_material(field: str, name: str) -> NistMaterial:
    """Return the material of a name; Unsupported names those that are spelled like it."""
    known = known_materials()
    found = known.get(RENAMED.get(name, name))
    if found is None:
        close = ", ".join(difflib.get_close_matches(name, known, n=3))
        hint = f"; there is {close}" if close else ""
        raise Unsupported(field, f"Geant4 knows no material {name!r}{hint}")
    return found


def zone_field(project: Project, zone: Zone | WorldZone) -> str:
    """Return where a zone of the project stands in it."""
    for index, item in enumerate(project.zone_manager.zones):
        if item is zone:
            return f"zoneManager.zones[{index}]"
    return "zoneManager.worldZone"


def substance_of(project: Project, zone: Zone | WorldZone, simulator: str) -> Substance | None:
    """Return what fills a zone, None for vacuum and black hole; Unsupported names the zone."""
    material = project.material_of(zone)
    if material.icru in (BLACK_HOLE, VACUUM):
        return None
    field, overrides = zone_field(project, zone), zone.material_properties_overrides
    if overrides.custom_stopping_power:
        reason = f"zone {zone.name!r}: {simulator} takes no stopping power files"
        raise Unsupported(field, reason)
    base = materials_by_icru().get(material.icru)
    if base is None:
        reason = f"{simulator} has no material {material.name!r} (ICRU {material.icru}) here"
        raise Unsupported(field, f"zone {zone.name!r}: {reason}")
    excitation = overrides.average_ionisation_potential
    density = density_of(project, zone)
    return Substance(base, density, base.excitation if excitation is None else excitation)


def substance(base: NistMaterial, density: float) -> Substance:
    """Return a material at a density (g/cm3)."""
    return Substance(base, density, base.excitation)


def _alike(one: float, other: float) -> bool:
    return abs(one - other) <= SAME * other
