"""Outputs of a project as scorers of TOPAS, in parallel components that are the detectors."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.simulators.native.geant4_names import filter_particle
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.scored_outputs import scored_outputs
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.filters import Filter, Rule
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.model import Detector, DetectorGeometry, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage
from adapters.simulators.topas import geometry

NAME = "TOPAS"
QUANTITIES = {
    "Dose": "DoseToMedium",
    "DoseGy": "DoseToMedium",
    "Energy": "EnergyDeposit",
    "Fluence": "Fluence",
}
GENERATION, CHARGE = "GEN", "Z"


@dataclass(frozen=True, slots=True)
class Scorer:
    """A scorer and the lines that make it."""

    name: str
    lines: Sequence[str]


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
        return lines if isinstance(lines, str) else Scorer(name, lines)

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out):
        pages = []
        for quantity in item.quantities:
            name = quantity.score.name
            made.lines += [*quantity.score.lines, ""]
            pages.append(PlannedPage(quantity.shown, f"{name}.csv", 0, {"title": name}))
        used.add(item.detector.uuid)
        made.outputs.append(PlannedOutput(item.output.name, pages))
    made.lines = [*_components(project, centre, used), *made.lines]
    return made


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
    refusal = quantity_refusal(quantity, NAME) or _shape_refusal(detector.geometry_data)
    if refusal:
        return refusal
    kind = QUANTITIES.get(quantity.keyword)
    if kind is None:
        return f"{NAME} has no quantity {quantity.keyword} here"
    filters: Sequence[str] = []
    if quantity.filter is not None:
        chosen = project.filters()[quantity.filter]
        found = _filter_lines(name, chosen)
        if found is None:
            return f"{NAME} has no filter like {chosen.name!r}"
        filters = found
    return [
        f"s:Sc/{name}/Quantity = {geometry.quoted(kind)}",
        f"s:Sc/{name}/Component = {geometry.quoted(component(project, detector))}",
        f'sv:Sc/{name}/Report = 2 "Mean" "Standard_Deviation"',
        f's:Sc/{name}/OutputType = "csv"',
        f's:Sc/{name}/IfOutputFileAlreadyExists = "Overwrite"',
        f"s:Sc/{name}/OutputFile = {geometry.quoted(name)}",
        *filters,
    ]


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in detectors Mesh and Cyl here, not {shape.geometry_type}"
    return f"{NAME} detectors can't be turned here" if any(shape.rotation) else None


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
        particle = filter_particle(only_kind) if len(others) in (0, 2) else None
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
