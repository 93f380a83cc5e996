"""detect.dat: detectors, filters and outputs; and the plan that leads its files back to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from adapters.simulators.native.zone_volumes import zone_volume
from adapters.simulators.project.checks import bins, length
from adapters.simulators.project.editor_words import DIFFERENTIALS, QUANTITIES
from adapters.simulators.project.filters import Filter, Particle
from adapters.simulators.project.model import Detector, Modifier, Output, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage
from adapters.simulators.shieldhit.beam import HEAVY_ION
from adapters.simulators.shieldhit.media import Media, quantity_medium
from adapters.simulators.shieldhit.numbers import decimal, plain, word
from adapters.simulators.shieldhit.vocabulary import (
    MOST_MODIFIERS,
    NUCLEI,
    OPERATORS,
    RULES,
    TRANSPORTED,
    is_differential,
    is_quantity,
)
from domain.errors import InvalidInput, Unsupported

MOST_AXES = 3
SEGMENTS = {"Cyl": ("radialSegments", "zSegments"), "Mesh": ("xSegments", "ySegments", "zSegments")}


@dataclass(frozen=True, slots=True)
class Scoring:
    """The text of detect.dat and the plan of what its outputs are."""

    text: str
    plan: Plan


@dataclass(slots=True)
class _Names:
    """Words that stand for detectors, filters, settings and files."""

    detectors: dict[str, str] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    settings: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


def scoring_of(project: Project, media: Media, skip_unsupported: bool) -> Scoring:
    """Return what SHIELD-HIT12A scores of a project.

    Unsupported names the first thing it can't score; with `skip_unsupported` such outputs and
    quantities are left out and listed, as long as something remains.
    """
    writer = _Writer(project, media)
    detectors = writer.detectors()
    filters = writer.filters()
    for index, output in enumerate(project.scoring_manager.outputs):
        writer.add_output(f"scoringManager.outputs[{index}]", output)
    if writer.refused and not (skip_unsupported and writer.planned):
        raise writer.refused[0]
    blocks = ["\n\n".join(detectors), "\n".join(filters), "\n".join(writer.settings)]
    blocks.append("\n\n".join(writer.outputs))
    left_out = [error.message for error in writer.refused]
    text = "\n\n".join(block for block in blocks if block) + "\n"
    return Scoring(text, Plan(writer.planned, left_out))


class _Writer:
    def __init__(self, project: Project, media: Media) -> None:
        self._project = project
        self._media = media
        self._names = _Names()
        self.settings: list[str] = []
        self.outputs: list[str] = []
        self.planned: list[PlannedOutput] = []
        self.refused: list[Unsupported] = []

    def detectors(self) -> list[str]:
        taken: set[str] = set()
        used = {output.detector_uuid for output in self._project.scoring_manager.outputs}
        blocks = []
        for detector in self._project.detector_manager.detectors:
            if detector.uuid in used:
                name = word(detector.name, taken, "Detector")
                self._names.detectors[detector.uuid] = name
                blocks.append("\n".join(_detector(self._project, detector, name)))
        return blocks

    def filters(self) -> list[str]:
        taken: set[str] = set()
        blocks = []
        outputs = self._project.scoring_manager.outputs
        used = {quantity.filter for output in outputs for quantity in output.quantities}
        for index, item in enumerate(self._project.scoring_manager.filters):
            if item.uuid not in used:
                continue
            lines = _filter(f"scoringManager.filters[{index}]", item)
            # One that can't be said is refused with its quantity.
            if lines is not None:
                name = self._names.filters[item.uuid] = word(item.name, taken, "Filter")
                blocks.append("\n".join([f"Filter\n    Name {name}", *lines]))
        return blocks

    def add_output(self, where: str, output: Output) -> None:
        detector = self._project.detectors()[str(output.detector_uuid)]
        objection = _detector_objection(detector, output)
        if objection:
            self.refused.append(Unsupported(where, f'output "{output.name}": {objection}'))
            return
        file = word(output.name, self._names.files, "output")
        lines: list[str] = []
        pages: list[PlannedPage] = []
        for index, quantity in enumerate(output.quantities):
            name = quantity.name or quantity.keyword
            place = f"{where}.quantities[{index}]"
            objection = self._filter_objection(quantity) or _objection(quantity, detector)
            if objection:
                reason = f'"{name}" of output "{output.name}": {objection}'
                self.refused.append(Unsupported(place, reason))
                continue
            lines += self._quantity(place, quantity)
            pages.append(PlannedPage(name, file, len(pages), self._told(detector, quantity)))
        if pages:
            geometry = self._names.detectors[detector.uuid]
            head = [f"Output\n    Filename {file}.bdo", f"    Geo {geometry}"]
            self.outputs.append("\n".join([*head, *lines]))
            self.planned.append(PlannedOutput(output.name, pages))

    def _filter_objection(self, quantity: Quantity) -> str | None:
        if quantity.filter is None or quantity.filter in self._names.filters:
            return None
        name = self._project.filters()[quantity.filter].name
        return f"SHIELD-HIT12A filters by rules on Z, A and the like, which filter {name!r} lacks"

    def _told(self, detector: Detector, quantity: Quantity) -> dict[str, str]:
        told = {"geometry": self._names.detectors[detector.uuid]}
        if quantity.filter is not None:
            told["filter"] = self._names.filters[quantity.filter]
        return told

    def _quantity(self, where: str, quantity: Quantity) -> Iterator[str]:
        filtered = self._names.filters[quantity.filter] if quantity.filter else ""
        settings = self._settings(where, quantity)
        yield f"    Quantity {quantity.keyword} {filtered} {settings}".rstrip()
        for number, item in enumerate(quantity.modifiers, start=1):
            low, high = plain(item.lower_limit), plain(item.upper_limit)
            log = " log" if item.is_log else ""
            yield f"    Diff{number} {low} {high} {item.bins_number}{log}"
            yield f"    Diff{number}Type {item.diff_type}"

    def _settings(self, where: str, quantity: Quantity) -> str:
        """Add a block of settings if the quantity needs one; return its name."""
        medium = quantity_medium(self._media, where, quantity)
        values = {
            "Rescale": None if quantity.rescale is None else f"{quantity.rescale:.10g}",
            "Offset": None if quantity.offset is None else f"{quantity.offset:.10g}",
            "Primaries": None if quantity.primaries is None else f"{quantity.primaries:.10g}",
            "Medium": None if medium is None else str(medium),
            "NKMedium": quantity.medium,
        }
        lines = [f"    {key} {value}" for key, value in values.items() if value is not None]
        if not lines:
            return ""
        name = word(quantity.name or quantity.keyword, self._names.settings, "Settings")
        self.settings.append("\n".join(["Settings", f"    Name {name}", *lines]))
        return name


def _detector(project: Project, detector: Detector, name: str) -> Iterator[str]:
    shape = detector.geometry_data
    yield f"Geometry {shape.geometry_type}"
    yield f"    Name {name}"
    x, y, z = shape.position
    if shape.geometry_type == "Cyl":
        inner, outer = plain(length(shape, "innerRadius")), plain(length(shape, "radius"))
        yield f"    R {inner} {outer} {bins(shape, 'radialSegments')}"
        yield _axis("Z", z, length(shape, "depth"), bins(shape, "zSegments"))
    elif shape.geometry_type == "Mesh":
        yield _axis("X", x, length(shape, "width"), bins(shape, "xSegments"))
        yield _axis("Y", y, length(shape, "height"), bins(shape, "ySegments"))
        yield _axis("Z", z, length(shape, "depth"), bins(shape, "zSegments"))
    elif shape.geometry_type == "Zone":
        zones = [zone.uuid for zone in project.zone_manager.zones]
        index = zones.index(str(shape.parameters.get("zoneUuid")))
        yield f"    Zone {index + 1}"
        yield f"    Volume {decimal(zone_volume(project, index))}"


def _axis(name: str, middle: float, size: float, count: int) -> str:
    return f"    {name} {plain(middle - size / 2)} {plain(middle + size / 2)} {count}"


def _filter(where: str, item: Filter) -> list[str] | None:
    """Return the rules of a filter, None for one that no rules of SHIELD-HIT12A can say."""
    rules = [(rule.keyword, rule.operator, rule.value) for rule in item.rules]
    if not rules and item.particle is not None:
        rules = _particle_rules(item.particle)
    for index, (keyword, operator, _) in enumerate(rules):
        if keyword.upper() not in RULES or operator not in OPERATORS:
            known = f"one of {', '.join(RULES)} and one of {' '.join(OPERATORS)}"
            raise InvalidInput(f"{where}.rules[{index}]", f"must have {known}")
    sayable = item.data is None and bool(rules)
    return [f"    {name} {sign} {plain(value)}" for name, sign, value in rules] if sayable else None


def _particle_rules(particle: Particle) -> list[tuple[str, str, float]]:
    """Return the rules for one kind of particle, none if SHIELD-HIT12A does not transport it.

    Nuclei are told by charge and mass number, others by their number: the editor may give those
    the charge and mass of a proton.
    """
    nucleus = NUCLEI.get(particle.id)
    if particle.id == HEAVY_ION and particle.z is not None and particle.a is not None:
        nucleus = particle.z, particle.a
    if nucleus is not None:
        return [("Z", "==", nucleus[0]), ("A", "==", nucleus[1])]
    single = particle.id in TRANSPORTED and particle.id != HEAVY_ION
    return [("ID", "==", particle.id)] if single else []


def _detector_objection(detector: Detector, output: Output) -> str | None:
    if output.trace:
        return "SHIELD-HIT12A keeps no traces that could be shown"
    shape = detector.geometry_data
    if any(shape.rotation):
        return f"SHIELD-HIT12A scores detector {detector.name!r} unturned only"
    if shape.geometry_type == "Cyl" and any(shape.position[:2]):
        return f"SHIELD-HIT12A scores cylinders around the z axis only, not {detector.name!r}"
    return None


def _objection(quantity: Quantity, detector: Detector) -> str | None:
    if not is_quantity(quantity.keyword):
        known = ", ".join(word for word in QUANTITIES if is_quantity(word))
        return f"SHIELD-HIT12A does not score {quantity.keyword!r}; its quantities are {known}"
    if len(quantity.modifiers) > MOST_MODIFIERS:
        return "SHIELD-HIT12A knows two differential axes at most"
    for item in quantity.modifiers:
        reason = _modifier_objection(item)
        if reason:
            return reason
    if _dimensions(quantity, detector) > MOST_AXES:
        return "detector and modifiers have more than three axes together"
    if quantity.medium is not None and not quantity.medium.isidentifier():
        return f"{quantity.medium!r} is not a medium of SHIELD-HIT12A"
    return None


def _modifier_objection(item: Modifier) -> str | None:
    if not is_differential(item.diff_type):
        known = ", ".join(DIFFERENTIALS)
        return f"SHIELD-HIT12A has no differential type {item.diff_type!r}, but {known}"
    if item.bins_number < 1 or not item.lower_limit < item.upper_limit:
        return "a modifier needs bins and a lower limit below the upper one"
    if item.is_log and item.lower_limit <= 0:
        return "logarithmic bins need a lower limit above 0"
    return None


def _dimensions(quantity: Quantity, detector: Detector) -> int:
    shape = detector.geometry_data
    names = {
        "Cyl": ("radialSegments", "zSegments"),
        "Mesh": ("xSegments", "ySegments", "zSegments"),
    }
    axes = [bins(shape, name) for name in names.get(shape.geometry_type, ())]
    return sum(count > 1 for count in [*axes, *(item.bins_number for item in quantity.modifiers)])
