"""Densities (g/cm3) of the editor's materials, which are those of ICRU Report 49.

Early editors stored 1 for all but the elements, and no simulator looked at it: a project of theirs
means the material as it is in nature. Densities that a user wants are stored as what they are.
"""

from functools import cache
from importlib.resources import files
from typing import TypeVar

import msgspec

from adapters.simulators.project.model import Material, Project, WorldZone, Zone

TABLE = "icru_densities.tsv"
UNSET = 1.0
"""What early editors stored where they knew no density."""

FIRST_COMPOUND = 99
GAS = 0.1
"""g/cm3 above any gas at room temperature."""

Filled = TypeVar("Filled", Zone, WorldZone)


@cache
def nominal_densities() -> dict[int, float]:
    """Return the densities by ICRU number; elements are numbered by their charge."""
    text = files(__package__).joinpath(TABLE).read_text("utf-8")
    rows = [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]
    return {int(icru): float(density) for icru, density in rows[1:]}


def meant_density(icru: int, stored: float) -> float:
    """Return the density that a stored one means: nature's where none had been set."""
    nominal = nominal_densities().get(icru)
    if nominal is None or stored != UNSET:
        return stored
    return nominal if icru >= FIRST_COMPOUND or nominal < GAS else stored


def with_meant_densities(project: Project) -> Project:
    """Return the project, its materials with the densities that they mean."""
    manager = project.material_manager
    zones = project.zone_manager
    return msgspec.structs.replace(
        project,
        material_manager=msgspec.structs.replace(
            manager, materials=[_with_meant(item) for item in manager.materials]
        ),
        zone_manager=msgspec.structs.replace(
            zones,
            zones=[_filled(zone) for zone in zones.zones],
            world_zone=_filled(zones.world_zone),
        ),
    )


def density_of(project: Project, zone: Zone | WorldZone) -> float:
    """Return the density of what fills a zone: its own, else that of its material."""
    own = zone.material_properties_overrides.density
    return project.material_of(zone).density if own is None else own


def _with_meant(material: Material) -> Material:
    density = meant_density(material.icru, material.density)
    return msgspec.structs.replace(material, density=density)


def _filled(zone: Filled) -> Filled:
    own = zone.custom_material
    if own is None:
        return zone
    return msgspec.structs.replace(zone, custom_material=_with_meant(own))
