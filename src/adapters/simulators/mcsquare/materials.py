"""ICRU materials as MCsquare knows them."""

from dataclasses import dataclass

from adapters.simulators.project.model import Project
from domain.errors import Unsupported

BLACK_HOLE = 0
VACUUM = 1000

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
    120: 38,  # cortical bone
    201: 27,  # skeletal muscle (ICRP)
    202: 27,  # striated muscle (ICRU)
    223: 64,  # PMMA
    219: 66,  # polycarbonate
    221: 81,  # polyethylene
    226: 70,  # polystyrene
    169: 71,  # Pyrex glass
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
    materials = project.materials()
    fillings = []
    for index, zone in enumerate(project.zone_manager.zones):
        material = materials[zone.material_uuid]
        field = f"zoneManager.zones[{index}]"
        if material.icru == BLACK_HOLE:
            raise Unsupported(field, f"zone {zone.name!r}: MCsquare has no black hole inside")
        overrides = zone.material_properties_overrides
        if overrides.custom_stopping_power:
            raise Unsupported(field, f"zone {zone.name!r}: MCsquare takes no stopping power files")
        density = material.density if overrides.density is None else overrides.density
        fillings.append(_filling(field, material.icru, material.name, density))
    world = materials[project.zone_manager.world_zone.material_uuid]
    fillings.append(_filling("zoneManager.worldZone", world.icru, world.name, world.density))
    return fillings


def _filling(field: str, icru: int, name: str, density: float) -> Filling:
    if icru in (VACUUM, BLACK_HOLE):
        return EMPTY
    number = NUMBERS.get(icru)
    if number is None:
        raise Unsupported(
            field, f"MCsquare has no material {name or 'without a name'} (ICRU {icru})"
        )
    return Filling(number, density)
