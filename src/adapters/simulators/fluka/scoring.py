"""Outputs of a project as scoring cards, each output on units of its own.

A detector takes two cards, the second marked `&` (manual, USRBIN and USRTRACK). A negative unit is
written unformatted, which is what can be read. Each kind of card has a file format of its own, so
that an output with two kinds of them takes two units.
"""

from collections import Counter
from dataclasses import dataclass, field

from adapters.simulators.fluka.cards import Value, card
from adapters.simulators.fluka.mesh_scoring import mesh_score
from adapters.simulators.fluka.score import KEYWORDS, NAME, Score
from adapters.simulators.fluka.zone_scoring import zone_score
from adapters.simulators.native.scored_outputs import ScoredOutput, scored_outputs
from adapters.simulators.project.model import Detector, Project, Quantity
from adapters.simulators.scored_output.plan import Plan, PlannedOutput, PlannedPage
from domain.errors import Unsupported

FIRST_UNIT, LAST_UNIT = 21, 99
LONGEST_NAME = 10


@dataclass(slots=True)
class Scoring:
    """The cards, which page is which quantity, and what was left out."""

    cards: list[str] = field(default_factory=list)
    outputs: list[PlannedOutput] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    units: int = 0
    scored: Counter[str] = field(default_factory=Counter)

    def plan(self) -> Plan:
        """Return which page of which file is which quantity."""
        return Plan(self.outputs, self.left_out)

    def next_unit(self) -> int:
        """Return a unit that nothing is written to; Unsupported when there is none left."""
        unit = FIRST_UNIT + self.units
        if unit > LAST_UNIT:
            most = LAST_UNIT - FIRST_UNIT + 1
            raise Unsupported("scoringManager.outputs", f"{NAME} has units for {most} outputs")
        self.units += 1
        return unit


def file_of(unit: int) -> str:
    """Return the name under which the plan knows what was written to a unit."""
    return f"fort.{unit}"


def scoring_of(project: Project, skip_unsupported: bool) -> Scoring:
    """Return what is scored; Unsupported names the first output or quantity that can't be."""
    made = Scoring()

    def score(detector: Detector, quantity: Quantity, place: str) -> Score | str:
        del place
        in_zone = detector.geometry_data.geometry_type == "Zone"
        return (zone_score if in_zone else mesh_score)(project, detector.geometry_data, quantity)

    left_out = made.left_out if skip_unsupported else None
    for item in scored_outputs(project, NAME, score, left_out, KEYWORDS):
        made.outputs.append(PlannedOutput(item.output.name, _pages(made, item)))
    return made


def _pages(made: Scoring, item: ScoredOutput[Score]) -> list[PlannedPage]:
    """Add the cards of an output and return where its quantities will be."""
    units: dict[str, int] = {}
    written: Counter[str] = Counter()
    pages = []
    for quantity in item.quantities:
        score, name = quantity.score, _short_name(quantity.shown)
        if score.card not in units:
            units[score.card] = made.next_unit()
        unit = units[score.card]
        made.cards += _cards(score, unit, name)
        made.scored[score.card] += 1
        if score.filter is not None:
            place = made.scored[score.card]
            fields: list[Value] = [score.card, score.filter, "", place, place, 1]
            made.cards.append(card("AUXSCORE", fields))
        told = {"title": name} if name else {}
        file, number = file_of(unit), written[score.card]
        pages.append(
            PlannedPage(quantity.shown, file, number, told, scale=score.scale, unit=score.unit)
        )
        written[score.card] += 1
    return pages


def _cards(score: Score, unit: int, name: str) -> list[str]:
    kind, scored, *others = score.first
    return [
        card(score.card, [kind, scored, float(-unit), *others], name),
        card(score.card, score.second, "&"),
    ]


def _short_name(name: str) -> str:
    """Return at most ten characters of a name that can stand in a card."""
    kept = "".join(letter if " " < letter <= "~" and letter not in "&!" else "_" for letter in name)
    return kept[:LONGEST_NAME]
