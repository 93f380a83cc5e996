"""The beam modulator: a special component of the project, three lines of beam.dat and a file."""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from adapters.simulators.project.model import Project
from adapters.simulators.project.source import SourceFile
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput, Unsupported

FIELD = "specialComponentsManager.modulator"
SIMULATION = {"modulus": 0, "sampling": 1}
# The editor once spelled vacuum with another m.
INTERPRETATION = {"material": 0, "vacuum": 1, "vacumm": 1}
MANAGER_FIELDS = frozenset({"metadata", "name", "type", "uuid"})


class _Parameters(msgspec.Struct, rename="camel"):
    zone_uuid: str


class _Geometry(msgspec.Struct, rename="camel"):
    parameters: _Parameters


class _Component(msgspec.Struct, rename="camel"):
    geometry_data: _Geometry
    source_file: SourceFile
    simulation_method: str = "modulus"
    interpretation_mode: str = "material"


@dataclass(frozen=True, slots=True)
class Modulator:
    """A modulator in the zone of this number (from 1), its thicknesses in a file."""

    zone: int
    name: str
    content: str
    simulation: int
    interpretation: int

    def lines(self) -> Iterator[str]:
        """Yield its lines of beam.dat."""
        yield f"USEBMOD         {self.zone} {self.name} ! Zone# and file name for beam modulator"
        yield f"BMODMC          {self.simulation}            ! 0-Modulus, 1-Monte Carlo sampling"
        yield f"BMODTRANS       {self.interpretation}            ! 0-Material, 1-Vacuum"


def read_modulator(project: Project) -> Modulator | None:
    """Return the project's modulator; Unsupported names any other special component."""
    manager = project.special_components_manager
    for name, part in manager.items():
        if part and name not in MANAGER_FIELDS and name != "modulator":
            raise Unsupported(f"specialComponentsManager.{name}", f"SHIELD-HIT12A has no {name}")
    if not manager.get("modulator"):
        return None
    try:
        found = msgspec.convert(manager["modulator"], _Component)
    except msgspec.ValidationError as error:
        raise InvalidInput(FIELD, str(error).replace("`", "").lower()) from error
    return _checked(project, found)


def _checked(project: Project, found: _Component) -> Modulator:
    zones = [zone.uuid for zone in project.zone_manager.zones]
    if found.geometry_data.parameters.zone_uuid not in zones:
        raise InvalidInput(f"{FIELD}.geometryData.parameters.zoneUuid", "no such zone")
    name = found.source_file.name
    check_file_names([name], f"{FIELD}.sourceFile.name")
    if len(name.split()) != 1 or name in ("beam.dat", "geo.dat", "mat.dat", "detect.dat"):
        raise InvalidInput(f"{FIELD}.sourceFile.name", "must be one word, and not that of an input")
    for field, value, known in (
        ("simulationMethod", found.simulation_method, SIMULATION),
        ("interpretationMode", found.interpretation_mode, INTERPRETATION),
    ):
        if value not in known:
            raise InvalidInput(f"{FIELD}.{field}", f"must be one of {', '.join(known)}")
    return Modulator(
        zone=zones.index(found.geometry_data.parameters.zone_uuid) + 1,
        name=name,
        content=found.source_file.value,
        simulation=SIMULATION[found.simulation_method],
        interpretation=INTERPRETATION[found.interpretation_mode],
    )
