"""Outputs of a project as USRBIN cards, each output on a unit of its own.

First card: kind of mesh, quantity, unit, upper ends; second: lower ends and numbers of bins. For
a cylinder the upper ends are radius, y of the axis and z; the lower ones radius, x of the axis
and z (manual, USRBIN). A negative unit is written unformatted, which is what can be read.
"""

from dataclasses import dataclass, field

from adapters.simulators.fluka.cards import Value, card
from adapters.simulators.fluka.particles import filter_code
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.scored_outputs import ScoredOutput, scored_outputs
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.model import Detector, DetectorGeometry, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage
from domain.errors import Unsupported

NAME = "FLUKA"
CARTESIAN, CYLINDRICAL = 10.0, 11.0
"""Meshes without symmetry that share what is scored along a step among the bins it crosses."""

FIRST_UNIT, LAST_UNIT = 21, 99
LONGEST_NAME = 10
DENSITIES = {"Dose": "DOSE", "Energy": "ENERGY"}
FLUENCE = "Fluence"
ALL_PARTICLES = "ALL-PART"


@dataclass(frozen=True, slots=True)
class Binning:
    """One USRBIN: the generalised particle it scores, and what AUXSCORE lets through."""

    scored: str
    filter: str | int | None = None


@dataclass(slots=True)
class Scoring:
    """The cards, which page is which quantity, and what was left out."""

    cards: list[str] = field(default_factory=list)
    outputs: list[PlannedOutput] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    binnings: int = 0

    def plan(self) -> Plan:
        """Return which page of which file is which quantity."""
        return Plan(self.outputs, self.left_out)


def file_of(unit: int) -> str:
    """Return the name under which the plan knows what was written to a unit."""
    return f"fort.{unit}"


def scoring_of(project: Project, skip_unsupported: bool) -> Scoring:
    """Return what is scored; Unsupported names the first output or quantity that can't be."""
    made = Scoring()

    def score(detector: Detector, quantity: Quantity, place: str) -> Binning | str:
        del place
        return _binning(project, detector, quantity)

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out):
        _add(made, item)
    return made


def _binning(project: Project, detector: Detector, quantity: Quantity) -> Binning | str:
    """Return how a quantity is scored, or why it can't be."""
    shape = detector.geometry_data
    refusal = quantity_refusal(quantity, NAME) or _shape_refusal(shape)
    if refusal:
        return refusal
    code: str | int | None = None
    if quantity.filter is not None:
        chosen = project.filters()[quantity.filter]
        code = filter_code(chosen)
        if code is None:
            return f"{NAME} has no filter like {chosen.name!r}"
    if quantity.keyword in DENSITIES:
        return Binning(DENSITIES[quantity.keyword], code)
    if quantity.keyword == FLUENCE:
        # Fluence of a named particle is a quantity of its own and needs no filter.
        return Binning(code) if isinstance(code, str) else Binning(ALL_PARTICLES, code)
    return f"{NAME} has no quantity {quantity.keyword} here"


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in detectors Mesh and Cyl here, not {shape.geometry_type}"
    return f"{NAME} has no turned detectors" if any(shape.rotation) else None


def _add(made: Scoring, item: ScoredOutput[Binning]) -> None:
    unit = FIRST_UNIT + len(made.outputs)
    if unit > LAST_UNIT:
        most = LAST_UNIT - FIRST_UNIT + 1
        raise Unsupported("scoringManager.outputs", f"{NAME} has units for {most} outputs")
    pages = []
    for number, quantity in enumerate(item.quantities):
        name, binning = _short_name(quantity.shown), quantity.score
        made.cards += _usrbin(item.detector.geometry_data, binning, unit, name)
        made.binnings += 1
        if binning.filter is not None:
            fields: list[Value] = ["USRBIN", binning.filter, "", made.binnings, made.binnings, 1]
            made.cards.append(card("AUXSCORE", fields))
        told = {"title": name} if name else {}
        pages.append(PlannedPage(quantity.shown, file_of(unit), number, told))
    made.outputs.append(PlannedOutput(item.output.name, pages))


def _usrbin(shape: DetectorGeometry, binning: Binning, unit: int, name: str) -> list[str]:
    x, y, z = shape.position
    half_x, half_y, half_z = detector_half_sizes(shape)
    low: list[Value] = [x - half_x, y - half_y, z - half_z]
    high: list[Value] = [x + half_x, y + half_y, z + half_z]
    counts = [float(bins(shape, f"{axis}Segments")) for axis in "xyz"]
    kind = CARTESIAN
    if shape.geometry_type == "Cyl":
        kind = CYLINDRICAL
        low[:2] = [length(shape, "innerRadius"), x]
        high[:2] = [length(shape, "radius"), y]
        counts[:2] = [float(bins(shape, "radialSegments")), 1.0]
    return [
        card("USRBIN", [kind, binning.scored, float(-unit), *high], name),
        card("USRBIN", [*low, *counts], "&"),
    ]


def _short_name(name: str) -> str:
    """Return at most ten characters of a name that can stand in a card."""
    kept = "".join(letter if " " < letter <= "~" and letter not in "&!" else "_" for letter in name)
    return kept[:LONGEST_NAME]
