"""Outputs of a project as scorers of TOPAS, in parallel components that are the detectors."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.simulators.native.geant4_names import filter_particle
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.scored_outputs import NO_QUANTITY, scored_outputs
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.filters import Filter, Rule
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.model import (
    Detector,
    DetectorGeometry,
    Modifier,
    Project,
    Quantity,
)
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage
from adapters.simulators.topas import geometry

NAME = "TOPAS"
QUANTITIES = {
    "Dose": "DoseToMedium",
    "DoseGy": "DoseToMedium",
    "Energy": "EnergyDeposit",
    "Fluence": "Fluence",
}
FILTERS = (
    "but for one kind of particle, charges (Z == 0 or Z != 0), "
    "primaries (GEN == 0) and secondaries (GEN >= 1)"
)
GENERATION, CHARGE, ENERGY = "GEN", "Z", "E"
UNITS = {"DoseToMedium": "Gy", "EnergyDeposit": "MeV", "Fluence": "/mm2"}
MOST_BINS = 100_000


@dataclass(frozen=True, slots=True)
class Scorer:
    """A scorer, the lines that make it, its kind, and the width (MeV) of its bins of energy."""

    name: str
    lines: Sequence[str]
    kind: str
    width: float = 0.0


@dataclass(slots=True)
class Scoring:
    """The lines, which file is which quantity, and what was left out."""

    lines: list[str] = field(default_factory=list)
    outputs: list[PlannedOutput] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        """Return which file is which quantity."""
        return Plan(self.outputs, self.left_out)


def scoring_of(project: Project, centre: Vector, skip_unsupported: bool) -> Scoring:
    """Return what is scored; Unsupported names the first quantity that can't be."""
    made = Scoring()
    used: set[str] = set()

    def score(detector: Detector, quantity: Quantity, place: str) -> Scorer | str:
        name = f"Output{place}"
        lines = _scorer(project, detector, quantity, name)
        if isinstance(lines, str):
            return lines
        widths = [_width(item) for item in quantity.modifiers]
        return Scorer(name, lines, QUANTITIES[quantity.keyword], sum(widths))

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out, list(QUANTITIES)):
        pages = []
        for quantity in item.quantities:
            name = quantity.score.name
            made.lines += [*quantity.score.lines, ""]
            told, width = {"title": name}, quantity.score.width
            unit = f"{UNITS[quantity.score.kind]}/MeV" if width else ""
            scale = 1 / width if width else 1.0
            pages.append(PlannedPage(quantity.shown, f"{name}.csv", 0, told, scale, unit))
        used.add(item.detector.uuid)
        made.outputs.append(PlannedOutput(item.output.name, pages))
    made.lines = [*_components(project, centre, used), *made.lines]
    return made


def _width(bins_of: Modifier) -> float:
    return (bins_of.upper_limit - bins_of.lower_limit) / bins_of.bins_number


def component(project: Project, detector: Detector) -> str:
    """Return the name of a detector's component."""
    return f"Detector{project.detector_manager.detectors.index(detector)}"


def _components(project: Project, centre: Vector, used: set[str]) -> list[str]:
    lines = []
    for detector in project.detector_manager.detectors:
        if detector.uuid in used:
            name = component(project, detector)
            lines += _component(name, detector.geometry_data, centre)
    return lines


def _component(name: str, shape: DetectorGeometry, centre: Vector) -> list[str]:
    half_x, half_y, half_z = detector_half_sizes(shape)
    x, y, z = (place - middle for place, middle in zip(shape.position, centre, strict=True))
    if shape.geometry_type == "Cyl":
        sizes = {
            "RMin": length(shape, "innerRadius"), "RMax": length(shape, "radius"), "HL": half_z
        }  # fmt: skip
        counts = {"RBins": "radialSegments", "ZBins": "zSegments"}
    else:
        sizes = {"HLX": half_x, "HLY": half_y, "HLZ": half_z}
        counts = {f"{axis}Bins": f"{axis.lower()}Segments" for axis in "XYZ"}
    kind = "TsCylinder" if shape.geometry_type == "Cyl" else "TsBox"
    return [
        f"s:Ge/{name}/Type = {geometry.quoted(kind)}",
        f's:Ge/{name}/Parent = "World"',
        f'b:Ge/{name}/IsParallel = "True"',
        *(f"d:Ge/{name}/{word} = {geometry.length(value)}" for word, value in sizes.items()),
        *geometry.place_lines(name, (x, y, z)),
        *(f"i:Ge/{name}/{word} = {bins(shape, count)}" for word, count in counts.items()),
        "",
    ]


def _scorer(project: Project, detector: Detector, quantity: Quantity, name: str) -> list[str] | str:
    """Return the lines of a scorer, or why there is none."""
    kind = QUANTITIES.get(quantity.keyword)
    if kind is None:
        return f"{NAME} {NO_QUANTITY} {quantity.keyword} here"
    refusal = quantity_refusal(quantity, NAME, may_differ=True)
    refusal = refusal or _bins_refusal(quantity) or _shape_refusal(detector.geometry_data)
    if refusal:
        return refusal
    filters: Sequence[str] = []
    if quantity.filter is not None:
        chosen = project.filters()[quantity.filter]
        found = _filter_lines(name, chosen)
        if found is None:
            return f"{NAME} has no filter like {chosen.name!r}, {FILTERS}"
        filters = found
    return [
        f"s:Sc/{name}/Quantity = {geometry.quoted(kind)}",
        f"s:Sc/{name}/Component = {geometry.quoted(component(project, detector))}",
        f'sv:Sc/{name}/Report = 2 "Mean" "Standard_Deviation"',
        f's:Sc/{name}/OutputType = "csv"',
        f's:Sc/{name}/IfOutputFileAlreadyExists = "Overwrite"',
        f"s:Sc/{name}/OutputFile = {geometry.quoted(name)}",
        *(line for item in quantity.modifiers for line in _energy_lines(name, item)),
        *filters,
    ]


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in detectors Mesh and Cyl here, not {shape.geometry_type}"
    return f"{NAME} detectors can't be turned here" if any(shape.rotation) else None


def _bins_refusal(quantity: Quantity) -> str | None:
    """Return why a quantity can't be differential as it is: TOPAS has equal bins of energy."""
    if len(quantity.modifiers) > 1:
        return f"{NAME} scores quantities that are differential once"
    for item in quantity.modifiers:
        if item.diff_type != ENERGY or item.is_log:
            return f"{NAME} has differential quantities over {ENERGY} in linear bins only"
        if not 2 <= item.bins_number <= MOST_BINS:
            return f"binsNumber must be from 2 to {MOST_BINS}"
        if not 0 <= item.lower_limit < item.upper_limit:
            return "lowerLimit must be from 0 MeV to below upperLimit"
    return None


def _energy_lines(name: str, bins_of: Modifier) -> list[str]:
    """Return the lines that bin by the kinetic energy (MeV) that a particle has at a step."""
    return [
        f"i:Sc/{name}/EBins = {bins_of.bins_number}",
        f"d:Sc/{name}/EBinMin = {bins_of.lower_limit} MeV",
        f"d:Sc/{name}/EBinMax = {bins_of.upper_limit} MeV",
        f's:Sc/{name}/EBinEnergy = "PreStep"',
    ]


def _filter_lines(name: str, found: Filter) -> list[str] | None:
    """Return the lines of a filter by kind of particle and generation; None if it is another."""
    generations = [rule for rule in found.rules if rule.keyword == GENERATION]
    others = [rule for rule in found.rules if rule.keyword != GENERATION]
    charges = _charges(others)
    lines: list[str] = []
    if charges:
        kinds = " ".join(geometry.quoted(kind) for kind in charges)
        lines.append(f"sv:Sc/{name}/OnlyIncludeParticlesCharged = {len(charges)} {kinds}")
    elif found.particle is not None or others:
        only_kind = Filter(found.uuid, found.name, others, found.particle)
        particle = filter_particle(only_kind) if len(others) <= 2 else None
        if particle is None:
            return None
        lines.append(f"sv:Sc/{name}/OnlyIncludeParticlesNamed = 1 {geometry.quoted(particle)}")
    if generations:
        generation = _generation(generations)
        if generation is None:
            return None
        value = geometry.quoted(generation)
        lines.append(f"s:Sc/{name}/OnlyIncludeParticlesOfGeneration = {value}")
    return lines or None


def _charges(rules: Sequence[Rule]) -> Sequence[str]:
    """Return the kinds of charge that rules on Z alone let through; none for other rules."""
    told = {(rule.keyword, rule.operator, rule.value) for rule in rules}
    if told == {(CHARGE, "==", 0)}:
        return ["neutral"]
    return ["positive", "negative"] if told == {(CHARGE, "!=", 0)} else []


def _generation(rules: Sequence[Rule]) -> str | None:
    told = {(rule.operator, rule.value) for rule in rules}
    if told <= {("==", 0), ("equal", 0)}:
        return "Primary"
    return "Secondary" if told <= {(">=", 1), (">", 0)} else None
