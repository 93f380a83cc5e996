"""Materials: those FLUKA has by itself, and cards for elements and densities of the project.

Names are those of sections 5.2 (materials) and 10 (low-energy neutron data) of FLUKA's manual.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.simulators.fluka.cards import card
from adapters.simulators.fluka.compounds import (
    Compound,
    compound_cards,
    compounds,
    element_name,
)
from adapters.simulators.project.densities import density_of, nominal_densities
from adapters.simulators.project.model import Material, Project, WorldZone, Zone
from domain.errors import Unsupported

BLACK_HOLE = 0
NAMED = {BLACK_HOLE: "BLCKHOLE", 1000: "VACUUM"}

COMPOUNDS = {
    276: ("WATER", 1.0, 75.0),
    226: ("POLYSTYR", 1.06, 68.7),
    216: ("PLASCINT", 1.032, 64.7),
    223: ("PMMA", 1.19, 74.0),
    119: ("BONECOMP", 1.85, 91.9),
    120: ("BONECORT", 1.85, 106.4),
    201: ("MUSCLESK", 1.04, 75.3),
    202: ("MUSCLEST", 1.04, 74.7),
    103: ("ADTISSUE", 0.92, 63.2),
    179: ("KAPTON", 1.42, 79.6),
    221: ("POLYETHY", 0.94, 57.4),
    104: ("AIR", 0.00120479, 85.7),
}
"""FLUKA's compounds by ICRU number: the density (g/cm3) at which the editor means them, and their
mean excitation energies (eV, ICRU Report 37), which FLUKA would add up anew for another density."""

NEUTRON_DATA = {
    1: "HYDROGEN", 2: "HELIUM", 3: "LITHIUM", 4: "BERYLLIU", 5: "BORON", 6: "CARBON",
    7: "NITROGEN", 8: "OXYGEN", 9: "FLUORINE", 10: "NEON", 11: "SODIUM", 12: "MAGNESIU",
    13: "ALUMINUM", 14: "SILICON", 15: "PHOSPHO", 16: "SULFUR", 17: "CHLORINE", 18: "ARGON",
    19: "POTASSIU", 20: "CALCIUM", 21: "SCANDIUM", 22: "TITANIUM", 23: "VANADIUM",
    24: "CHROMIUM", 25: "MANGANES", 26: "IRON", 27: "COBALT", 28: "NICKEL", 29: "COPPER",
    30: "ZINC", 31: "GALLIUM", 32: "GERMANIU", 33: "ARSENIC", 35: "BROMINE", 36: "KRYPTON",
    38: "STRONTIU", 39: "YTTRIUM", 40: "ZIRCONIU", 41: "NIOBIUM", 42: "MOLYBDEN", 43: "99-TC",
    46: "PALLADIU", 47: "SILVER", 48: "CADMIUM", 49: "INDIUM", 50: "TIN", 51: "ANTIMONY",
    53: "IODINE", 54: "XENON", 55: "CESIUM", 56: "BARIUM", 57: "LANTHANU", 58: "CERIUM",
    60: "NEODYMIU", 62: "SAMARIUM", 63: "EUROPIUM", 64: "GADOLINI", 65: "TERBIUM",
    71: "LUTETIUM", 72: "HAFNIUM", 73: "TANTALUM", 74: "TUNGSTEN", 75: "RHENIUM",
    77: "IRIDIUM", 78: "PLATINUM", 79: "GOLD", 80: "MERCURY", 82: "LEAD", 83: "BISMUTH",
    90: "232-TH", 92: "238-U", 94: "239-PU", 95: "241-AM",
}  # fmt: skip
"""Names of the neutron data of elements by atomic number; FLUKA stops without them."""

GRAPHITE = 906


@dataclass(frozen=True, slots=True)
class Wanted:
    """A material at a density (g/cm3), and the element of the project that asks for it.

    `excitation` is a mean excitation energy (eV) that is not the material's own.
    """

    icru: int
    density: float
    excitation: float | None
    field: str
    name: str

    @property
    def key(self) -> tuple[int, float, float | None]:
        """What makes two wishes the same material."""
        return self.icru, self.density, self.excitation


@dataclass(frozen=True, slots=True)
class Materials:
    """The cards that make materials, and the FLUKA name of each zone's; the last is the world's."""

    cards: Sequence[str]
    names: Sequence[str]


def materials_of(project: Project) -> Materials:
    """Return the materials of all zones; Unsupported names a zone whose material FLUKA lacks."""
    wanted = list(_wanted(project))
    made: dict[tuple[int, float, float | None], str] = {}
    lines: list[str] = []
    for item in sorted(wanted, key=lambda one: _order(project, one.icru)):
        if item.key not in made:
            made[item.key] = _known(item) or _make(item, lines)
    return Materials(lines, [made[item.key] for item in wanted])


def _wanted(project: Project) -> Iterator[Wanted]:
    zones: list[tuple[str, Zone | WorldZone]] = [
        (f"zoneManager.zones[{index}]", zone)
        for index, zone in enumerate(project.zone_manager.zones)
    ]
    for field, zone in [*zones, ("zoneManager.worldZone", project.zone_manager.world_zone)]:
        if zone.material_properties_overrides.custom_stopping_power:
            raise Unsupported(field, f"zone {zone.name!r}: FLUKA takes no stopping power files")
        material, excitation = (
            project.material_of(zone),
            zone.material_properties_overrides.average_ionisation_potential,
        )
        yield Wanted(material.icru, density_of(project, zone), excitation, field, material.name)


def _order(project: Project, icru: int) -> int:
    """Return the place of a material in the project's list, the end for overridden copies."""
    known: Sequence[Material] = project.material_manager.materials
    return next((at for at, item in enumerate(known) if item.icru == icru), len(known))


def _known(item: Wanted) -> str | None:
    if item.icru in NAMED:
        return NAMED[item.icru]
    name, density, _ = COMPOUNDS.get(item.icru, ("", 0.0, 0.0))
    return name if name and item.density == density and item.excitation is None else None


def _make(item: Wanted, lines: list[str]) -> str:
    """Add the cards of a material of its own and return its name."""
    if item.icru in COMPOUNDS:
        name, (base, _, excitation) = _numbered("COM", lines), COMPOUNDS[item.icru]
        lines.append(card("MATERIAL", ["", "", item.density], name))
        lines.append(card("COMPOUND", [-1.0, base], name))
        lines.append(_excited(name, excitation if item.excitation is None else item.excitation))
        return name
    compound = compounds().get(item.icru)
    if compound is not None:
        return _make_compound(item, compound, lines)
    atomic = 6 if item.icru == GRAPHITE else item.icru
    name = _numbered("MAT", lines)
    lines += _element(item, name, atomic, item.density)
    if item.excitation is not None:
        lines.append(_excited(name, item.excitation))
    return name


def _make_compound(item: Wanted, compound: Compound, lines: list[str]) -> str:
    """Add the cards of a compound, and of elements that no other one is made of yet."""
    for atomic in compound.fractions:
        name = element_name(atomic)
        made = _element(item, name, atomic, nominal_densities()[atomic])
        lines += [line for line in made if line not in lines]
    name = _numbered("COM", lines)
    lines.append(card("MATERIAL", ["", "", item.density], name))
    lines += compound_cards(name, compound)
    lines.append(
        _excited(name, compound.excitation if item.excitation is None else item.excitation)
    )
    return name


def _element(item: Wanted, name: str, atomic: int, density: float) -> list[str]:
    if atomic not in NEUTRON_DATA:
        reason = f"FLUKA has no material {item.name!r} (ICRU {item.icru})"
        if item.icru in compounds():
            reason += f": it has no neutron data of element {atomic}"
        raise Unsupported(item.field, reason)
    return [
        card("MATERIAL", [float(atomic), "", density], name),
        card("LOW-MAT", [name], NEUTRON_DATA[atomic]),
    ]


def _numbered(start: str, lines: Sequence[str]) -> str:
    return f"{start}{sum(1 for line in lines if line.startswith('MATERIAL')) + 1:05d}"


def _excited(name: str, excitation: float) -> str:
    """Return the card that gives a material its mean excitation energy in eV."""
    return card("MAT-PROP", ["", "", excitation, name])
