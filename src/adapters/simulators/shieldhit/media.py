"""mat.dat: media by their ICRU numbers, those of zones with overridden properties included."""

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.simulators.project.densities import nominal_densities
from adapters.simulators.project.model import Material, MaterialOverrides, Project, Quantity
from adapters.simulators.shieldhit.numbers import column
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput, Unsupported

SPECIAL = (0, 1000)
"""Black hole and vacuum: numbers that geo.dat uses as they are, without a medium."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A block of mat.dat; `density` in g/cm3 where it is not that of the ICRU material."""

    icru: int
    density: float | None = None
    loaded: bool = False

    def text(self, number: int) -> str:
        """Return the block."""
        lines = [f"MEDIUM {number}", f"ICRU {self.icru}"]
        if self.density is not None:
            lines.append(f"RHO {column(self.density).strip()}")
        if self.loaded:
            lines.append("LOADDEDX")
        return "\n".join([*lines, "END", ""])


class Media:
    """The media of a project, numbered from 1 in the order of mat.dat."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._media: list[Medium] = []
        self._numbers: dict[str, int] = {}
        for material in project.material_manager.materials:
            self._numbers[material.uuid] = self._number(
                material, Medium(material.icru, _own_density(material))
            )

    def number_of(
        self,
        field: str,
        uuid: str,
        own: Material | None,
        overrides: MaterialOverrides,
    ) -> int:
        """Return the medium of a zone or quantity; one with overrides gets a medium of its own."""
        if own is None and overrides == MaterialOverrides():
            return self._numbers[uuid]
        if own is None or own.uuid != uuid:
            own = self._project.materials()[uuid]
        if overrides.average_ionisation_potential is not None:
            where = f"{field}.materialPropertiesOverrides.averageIonisationPotential"
            remedy = "leave it out, or give stopping powers as a file"
            raise Unsupported(where, f"SHIELD-HIT12A keeps that of the ICRU material: {remedy}")
        density = _own_density(own) if overrides.density is None else overrides.density
        loaded = bool(overrides.custom_stopping_power)
        if loaded and str(own.icru) not in self._project.physic.available_stopping_power_files:
            where = f"{field}.materialPropertiesOverrides.customStoppingPower"
            raise InvalidInput(where, f"there is no stopping power file for ICRU {own.icru}")
        return self._number(own, Medium(own.icru, density, loaded))

    def text(self) -> str:
        """Return the text of mat.dat."""
        return "".join(medium.text(number) for number, medium in enumerate(self._media, start=1))

    def files(self) -> Mapping[str, bytes]:
        """Return the stopping power files of the project."""
        files: dict[str, bytes] = {}
        for icru, file in self._project.physic.available_stopping_power_files.items():
            field = f"physic.availableStoppingPowerFiles.{icru}"
            check_file_names([file.name], f"{field}.name")
            if file.name in ("beam.dat", "geo.dat", "mat.dat", "detect.dat", "sobp.dat"):
                raise InvalidInput(f"{field}.name", "must not be that of an input file")
            files[file.name] = file.content.encode()
        return files

    def _number(self, material: Material, medium: Medium) -> int:
        if material.icru in SPECIAL:
            return material.icru
        self._media.append(medium)
        return len(self._media)


def _own_density(material: Material) -> float | None:
    """Return the density of a material; None for that which SHIELD-HIT12A gives it itself."""
    known = nominal_densities().get(material.icru)
    # One without a density is used nowhere.
    return None if material.density == known or material.density <= 0 else material.density


def quantity_medium(media: Media, field: str, quantity: Quantity) -> int | None:
    """Return the medium a quantity is scored as if in; None for the scene's own."""
    uuid = quantity.material_uuid
    if uuid is None:
        return None
    try:
        return media.number_of(
            field, uuid, quantity.custom_material, quantity.material_properties_overrides
        )
    except KeyError:
        raise InvalidInput(f"{field}.materialUuid", "there is no such material") from None
