"""All faults of a project are told at once, by the fields they were put into."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.project.findings import findings
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import Simulator
from domain.errors import InvalidInput
from tests.locations import TESTS
from tests.unit.adapters.simulators.cases import CASES, case
from tests.unit.adapters.simulators.projects import Json, output, set_path, water_box

SIMULATORS: dict[str, Simulator] = {
    "shieldhit": ShieldHit(TESTS), "fluka": Fluka(TESTS), "topas": Topas(TESTS), "geant4": Geant4(),
}  # fmt: skip
NAMES = sorted(SIMULATORS)


def fields(name: str, project: Json) -> list[str]:
    return [fault.field for fault in findings(SIMULATORS[name], project).faults]


WRONG: dict[str, Any] = {
    "metadata.version": "7",
    "beam.numberOfParticles": 0,
    "beam.energySpread": 1000,
    "beam.direction": [0, 0, 0],
    "zoneManager.zones.0.materialUuid": "nowhere",
    "detectorManager.detectors.0.geometryData.parameters.zSegments": 0,
    "scoringManager.outputs.0.name": "",
}
"""What is wrong for every simulator, by the path it is put at."""


def told(path: str) -> str:
    """Return a path as errors write it: `a[0].b`."""
    words = path.split(".")
    return "".join(f"[{word}]" if word.isdecimal() else f".{word}" for word in words).lstrip(".")


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_wrong_is_told(name: str) -> None:
    project = water_box()
    for path, value in WRONG.items():
        project = set_path(project, path, value)
    assert set(fields(name, project)) == {told(path) for path in WRONG}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("path", sorted(WRONG))
def test_each_fault_alone_is_the_only_one(name: str, path: str) -> None:
    found = findings(SIMULATORS[name], set_path(water_box(), path, WRONG[path]))
    assert ([fault.field for fault in found.faults], found.complete) == ([told(path)], True)
    assert not found.faults[0].unsupported


def test_all_that_a_simulator_can_not_do_is_told() -> None:
    project = water_box(sourceType="file", sourceFile={"name": "a", "value": "1 2 3"})
    project["physic"] = {"enableNuclearReactions": False}
    project["specialComponentsManager"] = {"CTCube": {"a": 1}}
    zone = project["zoneManager"]["zones"][0]
    zone["materialPropertiesOverrides"] = {"customStoppingPower": True}
    energy = {"diffType": "ANGLE", "lowerLimit": 0, "upperLimit": 1, "binsNumber": 2}
    project["scoringManager"]["filters"] = [
        {"uuid": "g", "name": "g", "rules": [{"keyword": "NPRIM", "operator": "<", "value": 3}]}
    ]
    project["scoringManager"]["outputs"] = [
        output("a", "mesh", "Dose", "Beauty"),
        {
            "name": "b", "detectorUuid": "all", "quantities": [
                {"keyword": "dLET", "name": "let", "filter": "g", "modifiers": [energy]},
            ],
        },
    ]  # fmt: skip
    found = findings(SIMULATORS["fluka"], project)
    assert found.complete and all(fault.unsupported for fault in found.faults)
    by_field: dict[str, list[str]] = {}
    for fault in found.faults:
        by_field.setdefault(fault.field, []).append(fault.reason)
    assert set(by_field) == {
        "beam.sourceType", "physic.enableNuclearReactions", "specialComponentsManager.CTCube",
        "zoneManager.zones[0]", "scoringManager.outputs[0].quantities[1]",
        "scoringManager.outputs[1].quantities[0]",
    }  # fmt: skip
    # A quantity may be refused for more than one reason, and each says what would do.
    reasons = " ".join(by_field["scoringManager.outputs[1].quantities[0]"])
    for part in ("in zones only", "no filter like 'g', but for", "Mesh and Cyl, not All"):
        assert part in reasons
    (quantity,) = by_field["scoringManager.outputs[0].quantities[1]"]
    assert "its quantities are Dose, DoseGy, Energy, Fluence" in quantity


def test_scenes_for_geant4_are_looked_through_for_others_too() -> None:
    found = fields("shieldhit", case("conversion/07"))
    assert found[0] == "figureManager.figures[0]"
    assert any(field.startswith("scoringManager.outputs[2]") for field in found)


def test_figures_that_cut_each_other_are_told_in_pairs() -> None:
    found = findings(SIMULATORS["topas"], case("conversion/17"))
    pairs = [fault.reason for fault in found.faults if fault.field.startswith("figureManager")]
    assert len(pairs) == len(set(pairs)) > 1
    assert found.complete


@pytest.mark.parametrize("name", NAMES)
def test_a_project_is_taken_or_something_is_told(name: str) -> None:
    simulator = SIMULATORS[name]
    for path in sorted(CASES.glob("*/*.json")):
        project = case(f"{path.parent.name}/{path.stem}")
        before = copy.deepcopy(project)
        found = findings(simulator, project)
        assert project == before, "the project is not changed"
        assert found.complete, (path.name, found.faults[-1])
        try:
            simulator.convert(project)
        except InvalidInput as error:
            first = found.faults[0]
            assert (first.field, first.reason) == (error.field, error.message)
        else:
            assert not found.faults


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all parts of a project."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(place for key, item in items for place in places(item, (*path, key)))]


PLACES = [place for place in places(water_box()) if place]
VALUES = st.sampled_from([None, -1, 0, 1e9, "", "x", [], {}, [None], True, float("nan")])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NAMES), st.lists(st.tuples(st.sampled_from(PLACES), VALUES), max_size=4))
def test_whatever_is_in_a_project_is_told_or_taken(
    name: str, changes: list[tuple[tuple[str | int, ...], Any]]
) -> None:
    project: Any = water_box()
    for path, value in changes:
        place = project
        try:
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = value
        except (LookupError, TypeError):
            continue
    found = findings(SIMULATORS[name], project)
    if not found.faults:
        SIMULATORS[name].convert(project)
