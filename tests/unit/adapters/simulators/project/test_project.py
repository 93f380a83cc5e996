"""Projects are read with types, and refused by the name of the field."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.project.geometry import Solid, rotation_matrix
from adapters.simulators.project.reading import read_project
from adapters.simulators.project.scene import OUTSIDE, WORLD, zone_numbers
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput
from tests.unit.adapters.simulators.projects import example, output, set_path, solid, water_box


def points(*rows: tuple[float, float, float]) -> Any:
    return np.array(rows, dtype=np.float64).T


def test_the_example_is_read() -> None:
    project = read_project(example())
    assert project.beam.energy == 150
    numbers = zone_numbers(project, points((0, 0, 1), (0, 0, -0.3), (5.8, 0, 1), (9, 0, 1)))
    assert numbers.tolist() == [0, 1, WORLD, OUTSIDE]


@pytest.mark.parametrize("version", ["0.10", "0.11", "0.12"])
def test_versions(version: str) -> None:
    read_project(set_path(water_box(), "metadata.version", version))


NAN, HUGE = float("nan"), 1e300


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("metadata.version", "0.9", "metadata.version"),
        ("metadata", [], "metadata.version"),
        ("beam", ..., "beam"),
        ("beam", None, "beam"),
        ("beam.energy", ..., "beam.energy"),
        ("beam.energy", "fast", "beam.energy"),
        ("beam.energy", -5, "beam.energy"),
        ("beam.energy", NAN, "beam.energy"),
        ("beam.energySpread", 500, "beam.energySpread"),
        ("beam.direction", [0, 0, 0], "beam.direction"),
        ("beam.direction", [0, 1], "beam.direction"),
        ("beam.position", [0, 0, HUGE], "beam.position"),
        ("beam.numberOfParticles", 0, "beam.numberOfParticles"),
        ("beam.numberOfParticles", -1, "beam.numberOfParticles"),
        ("beam.numberOfParticles", 1.5, "beam.numberOfParticles"),
        ("beam.particle.id", 99, "beam.particle.id"),
        ("beam.sigma.type", "Round", "beam.sigma.type"),
        ("beam.sigma.x", -1, "beam.sigma"),
        ("figureManager.figures.0.geometryData.geometryType", "Torus", "figureManager.figures"),
        ("figureManager.figures.0.geometryData.parameters.width", 0, "figureManager.figures[0]"),
        ("figureManager", ..., "figureManager"),
        ("zoneManager.zones.0.materialUuid", "none", "zoneManager.zones[0].materialUuid"),
        ("zoneManager.zones.0.unionOperations.0.0.objectUuid", "none", "zoneManager.zones[0]"),
        ("zoneManager.worldZone.materialUuid", "none", "zoneManager.worldZone.materialUuid"),
        ("materialManager.materials.0.density", 0, "materialManager.materials[0].density"),
        ("detectorManager.detectors.0.geometryData.position", [0, 0, 50], "detectorManager.detectors[0]"),
        ("detectorManager.detectors.0.geometryData.parameters.zSegments", 0, "detectorManager"),
        ("detectorManager.detectors.0.geometryData.parameters.zSegments", 2.5, "detectorManager"),
        ("detectorManager.detectors.0.geometryData.parameters.zSegments", 10**9, "detectorManager"),
        ("detectorManager.detectors.0.geometryData.parameters.depth", -1, "detectorManager"),
        ("detectorManager.detectors.1.geometryData.parameters.zoneUuid", "x", "detectorManager"),
        ("scoringManager.outputs", [], "scoringManager.outputs"),
        ("scoringManager.outputs.0.detectorUuid", "none", "scoringManager.outputs[0].detectorUuid"),
        ("scoringManager.outputs.0.quantities", [], "scoringManager.outputs[0].quantities"),
        ("scoringManager.outputs.0.name", "", "scoringManager.outputs[0].name"),
    ],
)  # fmt: skip
def test_a_bad_field_is_named(path: str, value: Any, field: str) -> None:
    project = water_box()
    project["scoringManager"]["outputs"].append(output("in the zone", "zone", "Dose"))
    with pytest.raises(InvalidInput) as refused:
        read_project(set_path(project, path, value))
    assert refused.value.field.startswith(field)


def test_nesting_that_no_editor_writes_is_refused() -> None:
    project = water_box()
    place = project
    for _ in range(5000):
        place["deeper"] = {}
        place = place["deeper"]
    with pytest.raises(InvalidInput, match="nested deeper"):
        read_project(project)


def test_outputs_have_names_of_their_own() -> None:
    project = water_box()
    project["scoringManager"]["outputs"] *= 2
    with pytest.raises(InvalidInput, match=r"outputs\[1\].name"):
        read_project(project)


def test_a_world_of_no_size_is_put_around_the_figures() -> None:
    project = set_path(
        water_box(),
        "zoneManager.worldZone.geometryData",
        solid("BoxGeometry", [0, 0, 3], [0, 0, 0], width=0, height=0, depth=0),
    )
    low, high = world_solid(read_project(project)).bounds()
    assert low.tolist() == pytest.approx([-5.5] * 3)
    assert high.tolist() == pytest.approx([5.5] * 3)


def test_zones_are_built_from_figures() -> None:
    project = water_box()
    project["figureManager"]["figures"].append(
        {"uuid": "ball", "geometryData": solid("SphereGeometry", [0, 0, 5], [0, 0, 0], radius=2)}
    )

    def inside(*operations: str) -> list[int]:
        names = {"box": "box", "ball": "ball"}
        steps = [
            {"mode": mode, "objectUuid": names[uuid]}
            for mode, uuid in (operation.split() for operation in operations)
        ]
        project["zoneManager"]["zones"][0]["unionOperations"] = [steps]
        found = zone_numbers(read_project(project), points((0, 0, 0), (0, 0, 4), (0, 0, 5.9)))
        return [number + 1 for number in found.tolist()]

    assert inside("union box") == [1, 1, 0]
    assert inside("union box", "subtraction ball") == [1, 0, 0]
    assert inside("union box", "intersection ball") == [0, 1, 0]
    assert inside("union box", "union ball") == [1, 1, 1]


def test_rotation_is_that_of_the_screen() -> None:
    matrix = rotation_matrix((90, 0, 90))
    assert matrix @ np.array([1, 0, 0]) == pytest.approx([0, 0, 1])
    cylinder = Solid("CylinderGeometry", (1, 0, 0), {"radius": 1, "depth": 10}, (0, 90, 0))
    assert cylinder.contains(points((5.5, 0, 0), (1, 0, 5))).tolist() == [True, False]
    low, high = cylinder.bounds()
    assert (high - low).tolist() == pytest.approx([10, 2, 2])


def test_a_hollow_cylinder_has_a_hole_and_a_solid_world_has_none() -> None:
    pipe = Solid("HollowCylinderGeometry", (0, 0, 0), {"radius": 2, "innerRadius": 1, "depth": 2})
    assert pipe.contains(points((0, 0, 0), (1.5, 0, 0))).tolist() == [False, True]
    full = Solid("HollowCylinderGeometry", (0, 0, 0), {"radius": 2, "innerRadius": 2, "depth": 2})
    assert full.contains(points((0, 0, 0))).tolist() == [True]


solids = st.builds(
    Solid,
    geometry_type=st.sampled_from(["BoxGeometry", "CylinderGeometry", "SphereGeometry"]),
    position=st.tuples(*[st.floats(-5, 5)] * 3),
    parameters=st.fixed_dictionaries(
        {name: st.floats(0.1, 10) for name in ("width", "height", "depth", "radius")}
    ),
    rotation=st.tuples(*[st.floats(-360, 360)] * 3),
)


@given(solids, st.lists(st.tuples(*[st.floats(-20, 20)] * 3), min_size=1))
def test_what_lies_inside_lies_within_the_bounds(
    body: Solid, places: list[tuple[float, float, float]]
) -> None:
    there = points(*places)
    low, high = body.bounds()
    within = np.all((there >= low[:, None] - 1e-9) & (there <= high[:, None] + 1e-9), axis=0)
    assert not np.any(body.contains(there) & ~within)


@given(st.tuples(*[st.floats(-360, 360)] * 3))
def test_rotations_keep_lengths_and_handedness(angles: tuple[float, float, float]) -> None:
    matrix = rotation_matrix(angles)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12)
    assert math.isclose(float(np.linalg.det(matrix)), 1, abs_tol=1e-12)


def test_names_that_no_database_keeps_are_refused() -> None:
    project = water_box()
    project["scoringManager"]["outputs"][0]["name"] = "a\0b"
    with pytest.raises(InvalidInput) as refused:
        read_project(project)
    assert refused.value.field == "scoringManager.outputs[0].name"


@pytest.mark.parametrize(("count", "fits"), [(312, True), (313, False)])
def test_all_outputs_together_have_as_many_values_as_can_be_shown(count: int, fits: bool) -> None:
    """32 000 bins 312 times are 9 984 000 values, and once more they are above ten million."""
    project = water_box()
    mesh = project["detectorManager"]["detectors"][0]
    shape = mesh["geometryData"]["parameters"]
    shape |= {"xSegments": 20, "ySegments": 40, "zSegments": 40}
    first = output("0", "mesh", "Dose")
    outputs = [{**first, "name": str(number)} for number in range(count)]
    project["scoringManager"]["outputs"] = outputs
    if fits:
        assert len(read_project(project).scoring_manager.outputs) == count
        return
    with pytest.raises(InvalidInput, match="10016000 values in all; 10000000 is the most") as said:
        read_project(project)
    assert said.value.field == "scoringManager.outputs"
