"""A project without what is not scored: the frontend titles pages after what it finds there."""

import copy

import pytest

from application.ports.adaptation import ScoringPlace
from application.submission.project_scoring import without
from application.submission.scorable_part import MOST_LEFT_OUT, scorable_part
from domain.errors import Unsupported
from tests.fakes.simulator import ScriptedSimulator
from tests.unit.application.submission.scored_projects import output, project, quantity

PROTONS, PRIMARIES, UNUSED = ({"uuid": name, "name": name} for name in ("p", "q", "u"))
MIXED = project(
    output("first", quantity("Fluence", filter="p"), quantity("Dose"), quantity("LET", filter="q")),
    output("second", quantity("LET", filter="q"), quantity("Fluence")),
    output("third", quantity("Dose", filter="p"), quantity("LET"), quantity("Dose", "Again")),
    output("traced", quantity("Dose"), trace=True),
    filters=(PROTONS, PRIMARIES, UNUSED),
)


def test_what_is_left_out_is_found_where_it_stands() -> None:
    simulator = ScriptedSimulator()
    part = scorable_part(simulator, MIXED)
    assert part.unscored == (
        ScoringPlace(0, 0), ScoringPlace(0, 2), ScoringPlace(1, 0), ScoringPlace(1, 1),
        ScoringPlace(2, 1), ScoringPlace(3),
    )  # fmt: skip
    assert len(part.conversion.left_out) == 6
    # Once with what can be scored, and once for each that can't.
    assert simulator.conversions == 7


def test_a_project_without_them_keeps_all_else_as_it_was() -> None:
    before = copy.deepcopy(MIXED)
    left = without(MIXED, scorable_part(ScriptedSimulator(), MIXED).unscored)
    assert before == MIXED
    assert left == {
        "primaries": 10,
        "hash": "abc",
        "scoringManager": {
            "name": "Scoring",
            "outputs": [
                {"name": "first", "quantities": [quantity("Dose")]},
                {
                    "name": "third",
                    "quantities": [quantity("Dose", filter="p"), quantity("Dose", "Again")],
                },
            ],
            # One of them was used by nothing but what is gone, one by nothing before.
            "filters": [PROTONS, UNUSED],
        },
    }
    assert list(left) == list(before)


def test_a_project_that_is_scored_whole_is_converted_once() -> None:
    simulator = ScriptedSimulator()
    whole = project(output("o", quantity("Dose")))
    assert scorable_part(simulator, whole).unscored == ()
    assert simulator.conversions == 1


def test_so_much_is_not_left_out() -> None:
    many = [quantity("LET") for _ in range(MOST_LEFT_OUT + 1)]
    with pytest.raises(Unsupported, match="201 of them; no more than 200"):
        scorable_part(ScriptedSimulator(), project(output("o", quantity("Dose"), *many)))
    simulator = ScriptedSimulator()
    part = scorable_part(simulator, project(output("o", quantity("Dose"), *many[1:])))
    assert part.unscored == tuple(ScoringPlace(0, n) for n in range(1, MOST_LEFT_OUT + 1))


def test_what_leaves_out_something_else_is_taken_at_its_word() -> None:
    part = scorable_part(ScriptedSimulator(), {"primaries": 5})
    assert (part.conversion.left_out, part.unscored) == (["one thing"], ())
