"""ICRU materials as MCsquare knows them."""

from dataclasses import dataclass

from adapters.simulators.project.checks import EMPTY_MATERIALS
from adapters.simulators.project.model import Material, Project, WorldZone, Zone
from domain.errors import Unsupported

BLACK_HOLE = 0

AIR = 13
VACUUM_DENSITY = 1e-6
"""g/cm3 of the thin air that stands for vacuum: 150 MeV protons lose 0.5 eV in 10 cm of it."""

NUMBERS = {
    1: 1,  # hydrogen
    6: 2,  # carbon, amorphous
    906: 2,  # graphite
    7: 3,  # nitrogen
    8: 4,  # oxygen
    13: 5,  # aluminium
    14: 6,  # silicon
    15: 7,  # phosphorus
    20: 8,  # calcium
    26: 9,  # iron
    29: 10,  # copper
    74: 11,  # tungsten
    82: 12,  # lead
    22: 73,  # titanium
    73: 77,  # tantalum
    103: 15,  # adipose tissue
    104: AIR,  # dry air near sea level
    118: 30,  # blood
    120: 38,  # cortical bone
    121: 79,  # boron carbide
    123: 23,  # brain
    156: 34,  # eye lens
    190: 14,  # lung
    201: 27,  # skeletal muscle (ICRP)
    202: 27,  # striated muscle (ICRU)
    223: 64,  # PMMA
    219: 66,  # polycarbonate
    221: 81,  # polyethylene
    226: 70,  # polystyrene
    169: 71,  # Pyrex glass
    250: 35,  # skin
    258: 25,  # testes
    261: 19,  # soft tissue (ICRP)
    276: 17,  # liquid water
}
"""MCsquare's number (Materials/list.dat) of each ICRU material it has."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What fills a zone: MCsquare's material number and the density in g/cm3.

    `scores` is False for vacuum and for the black hole, where nothing is deposited.
    """

    number: int
    density: float
    scores: bool = True


EMPTY = Filling(AIR, VACUUM_DENSITY, scores=False)


def zone_fillings(project: Project) -> list[Filling]:
    """Return what fills each zone in order, and last the world; Unsupported names what can't."""
    fillings = []
    for index, zone in enumerate(project.zone_manager.zones):
        material = project.material_of(zone)
        field = f"zoneManager.zones[{index}]"
        if material.icru == BLACK_HOLE:
            raise Unsupported(field, f"zone {zone.name!r}: MCsquare has no black hole inside")
        overrides = zone.material_properties_overrides
        if overrides.custom_stopping_power:
            raise Unsupported(field, f"zone {zone.name!r}: MCsquare takes no stopping power files")
        _check_potential(field, zone)
        fillings.append(_filling(field, material, overrides.density))
    world = project.zone_manager.world_zone
    _check_potential("zoneManager.worldZone", world)
    density = world.material_properties_overrides.density
    fillings.append(_filling("zoneManager.worldZone", project.material_of(world), density))
    return fillings


def _check_potential(field: str, zone: Zone | WorldZone) -> None:
    if zone.material_properties_overrides.average_ionisation_potential is not None:
        where = f"{field}.materialPropertiesOverrides.averageIonisationPotential"
        raise Unsupported(where, "MCsquare has that of its own materials: leave it out")


def _filling(field: str, material: Material, density: float | None) -> Filling:
    if material.icru in EMPTY_MATERIALS:
        return EMPTY
    number = NUMBERS.get(material.icru)
    if number is None:
        name = f"{material.name or 'without a name'} (ICRU {material.icru})"
        raise Unsupported(field, f"MCsquare has no material {name}")
    return Filling(number, material.density if density is None else density)
