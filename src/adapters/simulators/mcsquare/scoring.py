"""What a project wants scored, as far as MCsquare can: kept as scoring.json beside the input."""

import msgspec

from adapters.simulators.mcsquare.materials import Filling
from adapters.simulators.project.checks import bins, length
from adapters.simulators.project.model import Detector, Output, Project, Quantity
from domain.errors import Unsupported

SCORING = "scoring.json"
QUANTITIES = ("DOSE", "ENERGY", "DLET")
NO_TRACE = "MCsquare does not trace particles"


class Region(msgspec.Struct, frozen=True):
    """Where a detector scores; lengths in cm, `bins` and `edges` along its own axes.

    Mesh has the axes x, y, z; Cyl has r, z around `centre`; Zone and All have none.
    """

    kind: str
    name: str
    centre: tuple[float, float] = (0.0, 0.0)
    edges: list[tuple[float, float, int]] = []
    zone: int = -1


class ScoredQuantity(msgspec.Struct, frozen=True):
    """A quantity by its own name and its standard one (DOSE, ENERGY or DLET)."""

    name: str
    quantity: str


class ScoredOutput(msgspec.Struct, frozen=True):
    """An output: quantities in one region."""

    name: str
    region: Region
    quantities: list[ScoredQuantity]


class Scoring(msgspec.Struct, frozen=True):
    """All outputs, where the image begins in the lab (cm), and what was left out.

    `fillings` are those of the zones in order and last that of the world.
    """

    outputs: list[ScoredOutput]
    left_out: list[str] = []
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fillings: list[Filling] = []

    def text(self) -> bytes:
        """Return the scoring as the text of its file."""
        return msgspec.json.encode(self)

    def without(self, detector: str, reason: Unsupported) -> "Scoring":
        """Return the scoring less the outputs of a detector; raises `reason` if none is left."""
        outputs = [output for output in self.outputs if output.region.name != detector]
        if not outputs:
            raise reason
        return Scoring(outputs, [*self.left_out, reason.message])

    @property
    def let(self) -> bool:
        """Whether any output needs the linear energy transfer."""
        return any(item.quantity == "DLET" for output in self.outputs for item in output.quantities)


def scoring_of(project: Project, skip_unsupported: bool) -> Scoring:
    """Return what MCsquare scores of a project.

    Unsupported names the first thing it can't score; with `skip_unsupported` such things are left
    out and listed, as long as something remains.
    """
    detectors = project.detectors()
    outputs: list[ScoredOutput] = []
    refused: list[Unsupported] = []
    for index, output in enumerate(project.scoring_manager.outputs):
        field = f"scoringManager.outputs[{index}]"
        detector = detectors[str(output.detector_uuid)]
        try:
            region = _region(field, project, detector)
        except Unsupported as error:
            refused.append(error)
            continue
        if output.trace:
            refused.append(Unsupported(f"{field}.trace", f'output "{output.name}": {NO_TRACE}'))
            continue
        quantities, others = _quantities(field, output)
        refused += others
        if quantities:
            outputs.append(ScoredOutput(output.name, region, quantities))
    if refused and not (skip_unsupported and outputs):
        raise refused[0]
    return Scoring(outputs, [error.message for error in refused])


def read_scoring(text: bytes) -> Scoring:
    """Return a scoring from its file."""
    return msgspec.json.decode(text, type=Scoring)


def _quantities(field: str, output: Output) -> tuple[list[ScoredQuantity], list[Unsupported]]:
    known: list[ScoredQuantity] = []
    refused: list[Unsupported] = []
    for index, quantity in enumerate(output.quantities):
        name = quantity.name or quantity.keyword
        reason = _objection(quantity)
        if reason is None:
            known.append(ScoredQuantity(name, quantity.keyword.upper()))
        else:
            where = f"{field}.quantities[{index}]"
            refused.append(Unsupported(where, f'"{name}" of output "{output.name}": {reason}'))
    return known, refused


def _objection(quantity: Quantity) -> str | None:
    if quantity.keyword.upper() not in QUANTITIES:
        return f"MCsquare does not score {quantity.keyword}"
    if quantity.filter is not None:
        return "MCsquare has no particle filters"
    if quantity.modifiers:
        return "MCsquare has no differential scoring"
    if quantity.rescale not in (None, 1) or quantity.primaries:
        return "MCsquare does not rescale"
    if quantity.offset:
        return "MCsquare adds no offset"
    if quantity.material_uuid is not None:
        return "MCsquare scores in the scene's own materials only"
    return None


def _region(field: str, project: Project, detector: Detector) -> Region:
    shape = detector.geometry_data
    if shape.geometry_type == "All":
        return Region("All", detector.name)
    if shape.geometry_type == "Zone":
        uuids = [zone.uuid for zone in project.zone_manager.zones]
        zone = uuids.index(str(shape.parameters.get("zoneUuid")))
        return Region("Zone", detector.name, zone=zone)
    if any(shape.rotation):
        raise Unsupported(field, f"MCsquare scores detector {detector.name!r} unturned only")
    x, y, z = shape.position
    along = _edges(z, length(shape, "depth"), bins(shape, "zSegments"))
    if shape.geometry_type == "Cyl":
        radial = (length(shape, "innerRadius"), length(shape, "radius"))
        across = (*radial, bins(shape, "radialSegments"))
        return Region("Cyl", detector.name, (x, y), [across, along])
    edges = [
        _edges(x, length(shape, "width"), bins(shape, "xSegments")),
        _edges(y, length(shape, "height"), bins(shape, "ySegments")),
        along,
    ]
    return Region("Mesh", detector.name, (x, y), edges)


def _edges(middle: float, size: float, count: int) -> tuple[float, float, int]:
    return middle - size / 2, middle + size / 2, count
