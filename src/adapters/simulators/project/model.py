"""The parts of a project as the editor writes them. Lengths in cm, energies in MeV."""

from typing import Literal

import msgspec

from adapters.simulators.project.filters import Filter
from adapters.simulators.project.geant4_scene import SimulationMaterial
from adapters.simulators.project.geometry import Solid, Vector
from adapters.simulators.project.source import Beam


class _Part(msgspec.Struct, rename="camel", frozen=True):
    """A part of the project; fields we don't know are the editor's own business."""


class Figure(_Part, frozen=True):
    """A solid with a name; in scenes made for Geant4 also with a material and solids inside."""

    uuid: str
    geometry_data: Solid
    name: str = ""
    type: str = ""
    children: list["Figure"] = []
    simulation_material: SimulationMaterial | None = None

    @property
    def of_geant4(self) -> bool:
        """Whether the figure carries a material and solids inside, in place of zones."""
        return self.type.startswith("Geant4") or bool(self.children)


class FigureManager(_Part, frozen=True):
    """All figures."""

    figures: list[Figure]


class Operation(_Part, frozen=True):
    """One step of building a zone from figures."""

    mode: Literal["union", "intersection", "subtraction"]
    object_uuid: str


class MaterialOverrides(_Part, frozen=True):
    """What a zone changes of its material; density in g/cm3, mean excitation energy in eV."""

    density: float | None = None
    custom_stopping_power: bool | None = None
    average_ionisation_potential: float | None = None


class Material(_Part, frozen=True):
    """A material by its ICRU number (elements: the atomic number); density in g/cm3."""

    uuid: str
    icru: int
    density: float
    name: str = ""


class Zone(_Part, frozen=True):
    """The union of groups of operations, filled with a material.

    Where a property of the material is overridden, `custom_material` is a copy of it that only
    this zone knows, and `material_uuid` names that copy.
    """

    uuid: str
    material_uuid: str
    union_operations: list[list[Operation]]
    name: str = ""
    material_properties_overrides: MaterialOverrides = MaterialOverrides()
    custom_material: Material | None = None


class WorldZone(_Part, frozen=True):
    """What surrounds all zones; its size is what the editor calculated or the user set."""

    material_uuid: str
    geometry_data: Solid
    name: str = "World"
    margin_multiplier: float = 1.1
    material_properties_overrides: MaterialOverrides = MaterialOverrides()
    custom_material: Material | None = None


class ZoneManager(_Part, frozen=True):
    """All zones and the world."""

    zones: list[Zone]
    world_zone: WorldZone


class MaterialManager(_Part, frozen=True):
    """All materials."""

    materials: list[Material]


class DetectorGeometry(_Part, frozen=True):
    """Where a detector scores: Cyl and Mesh have bins, Zone names a zone, All is everything."""

    geometry_type: Literal["Cyl", "Mesh", "Zone", "All"]
    position: Vector = (0.0, 0.0, 0.0)
    rotation: Vector = (0.0, 0.0, 0.0)
    parameters: dict[str, object] = {}


DETECTOR, ZONE = "DETECTOR", "ZONE"
"""What an output scores in: a detector of its own, or a zone of the geometry."""


class Detector(_Part, frozen=True):
    """A detector with a name."""

    uuid: str
    geometry_data: DetectorGeometry
    name: str = ""


class DetectorManager(_Part, frozen=True):
    """All detectors."""

    detectors: list[Detector]


class Modifier(_Part, frozen=True):
    """Bins of a differential quantity."""

    diff_type: str
    lower_limit: float
    upper_limit: float
    bins_number: int
    is_log: bool = False


class Quantity(_Part, frozen=True):
    """What is scored: a keyword, perhaps of filtered particles, perhaps differential."""

    keyword: str
    name: str = ""
    filter: str | None = None
    modifiers: list[Modifier] = []
    rescale: float | None = None
    offset: float | None = None
    primaries: float | None = None
    medium: str | None = None
    material_uuid: str | None = None
    material_properties_overrides: MaterialOverrides = MaterialOverrides()
    custom_material: Material | None = None
    histogram_n_bins: int = msgspec.field(default=100, name="histogramNBins")
    histogram_min: float = 0.0
    histogram_max: float = 1000.0
    histogram_unit: str = "MeV"
    histogram_x_scale: str = msgspec.field(default="none", name="histogramXScale")
    histogram_x_bin_scheme: str = msgspec.field(default="linear", name="histogramXBinScheme")


class Output(_Part, frozen=True):
    """Quantities scored by one detector; what becomes an estimator.

    An output of a zone (`scoring_type` ZONE) gets a detector that is the zone when it is read.
    """

    name: str
    quantities: list[Quantity]
    detector_uuid: str | None = None
    zone_uuid: str | None = None
    scoring_type: str = DETECTOR
    trace: bool = False


class ScoringManager(_Part, frozen=True):
    """All outputs and filters."""

    outputs: list[Output]
    filters: list[Filter] = []


class StoppingPowerFile(_Part, frozen=True):
    """A table of stopping powers, by name and text."""

    name: str
    content: str


class Physic(_Part, frozen=True):
    """Switches of the transport models; stopping power files by ICRU number.

    `energy_loss` is the relative mean energy loss per step.
    """

    energy_loss: float = 0.03
    available_stopping_power_files: dict[str, StoppingPowerFile] = {}
    enable_nuclear_reactions: bool = True
    energy_model_straggling: str = "Vavilov"
    multiple_scattering: str = "Moliere"


class Title(_Part, frozen=True):
    """What the user calls the project."""

    title: str = ""


class Metadata(_Part, frozen=True):
    """Which version of the editor wrote the project."""

    version: str


class Project(_Part, frozen=True):
    """A whole project; `reading.read_project` makes and checks it."""

    metadata: Metadata
    beam: Beam
    figure_manager: FigureManager
    zone_manager: ZoneManager
    material_manager: MaterialManager
    detector_manager: DetectorManager
    scoring_manager: ScoringManager
    physic: Physic = Physic()
    project: Title = Title()
    special_components_manager: dict[str, object] = {}

    def figures(self) -> dict[str, Figure]:
        """Return the figures by uuid."""
        return {figure.uuid: figure for figure in self.figure_manager.figures}

    def materials(self) -> dict[str, Material]:
        """Return the materials by uuid."""
        return {material.uuid: material for material in self.material_manager.materials}

    def material_of(self, zone: Zone | WorldZone) -> Material:
        """Return the material of a zone: its own copy if it has one; KeyError if there is none."""
        own = zone.custom_material
        if own is not None and own.uuid == zone.material_uuid:
            return own
        return self.materials()[zone.material_uuid]

    def filters(self) -> dict[str, Filter]:
        """Return the filters by uuid."""
        return {item.uuid: item for item in self.scoring_manager.filters}

    def detectors(self) -> dict[str, Detector]:
        """Return the detectors by uuid."""
        return {detector.uuid: detector for detector in self.detector_manager.detectors}
