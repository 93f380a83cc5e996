"""What must hold of MCsquare's results whatever the scene: sums, and symmetries of space.

The same seed gives the same protons whatever is scored, so that much of it is exact.
"""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.simulators.conftest import Run
from tests.unit.adapters.simulators.projects import detector, output, set_path, solid, water_box

REAL_RUNS = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
EXACT = 1e-4
"""Energies of steps that end on a face of two voxels may count on either side."""

shifts = st.floats(-2, 2).map(lambda value: round(value, 2))


def lopsided() -> Any:
    """Return a scene without any symmetry: a wide beam off the middle, a slanted block of lead."""
    project = water_box(position=[0.7, -1.2, -5.5], sigma={"type": "Gaussian", "x": 0.8, "y": 0.8})
    block = solid("BoxGeometry", [1.5, -2, -3.5], [0, 0, 30], width=2, height=1, depth=0.55)
    figure = {"uuid": "block", "name": "Block", "geometryData": block}
    project["figureManager"]["figures"].append(figure)
    zone = {"uuid": "lead-zone", "name": "Lead", "materialUuid": "lead"}
    zone["unionOperations"] = [[{"mode": "union", "objectUuid": "block"}]]  # type: ignore[assignment]
    project["zoneManager"]["zones"].insert(0, zone)
    return project


def scored(run: Run, project: Any, *detectors: Any, primaries: int = 320) -> dict[str, Any]:
    """Return the energies by detector."""
    project = copy.deepcopy(project)
    project["detectorManager"]["detectors"] = list(detectors)
    project["scoringManager"]["outputs"] = [
        output(item["uuid"], item["uuid"], "Energy") for item in detectors
    ]
    found = run(project, primaries, tasks=1)
    return {item.name: np.array(item.pages[0].values) for item in found}


def mesh(name: str, position: list[float], counts: tuple[int, int, int], **sizes: float) -> Any:
    segments = dict(zip(("xSegments", "ySegments", "zSegments"), counts, strict=True))
    return detector(
        name, "Mesh", position, **{"width": 10, "height": 10, "depth": 10, **sizes}, **segments
    )


CURVE = mesh("curve", [0, 0, 0], (1, 1, 100))
EVERYTHING = detector("all", "All", [0, 0, 0])


@REAL_RUNS
@given(x=shifts, bins=st.integers(1, 60), radius=st.floats(0.5, 4))
def test_another_detector_changes_no_result(run: Run, x: float, bins: int, radius: float) -> None:
    alone = scored(run, lopsided(), CURVE)["curve"]
    plane = mesh("plane", [x, 0, 0.13], (bins, 1, 7), width=4, height=0.5)
    rings = detector(
        "rings", "Cyl", [x, -1, 0], radius=radius, innerRadius=0, depth=8,
        radialSegments=5, zSegments=20,
    )  # fmt: skip
    together = scored(run, lopsided(), plane, CURVE, rings, EVERYTHING)
    assert together["curve"] == pytest.approx(alone, abs=0.02 * alone.max())
    assert together["curve"].sum() == pytest.approx(alone.sum(), rel=EXACT)


@REAL_RUNS
@given(counts=st.tuples(*[st.integers(1, 25)] * 3), x=shifts)
def test_parts_add_up_to_the_whole(run: Run, counts: tuple[int, int, int], x: float) -> None:
    sizes = {"width": 4, "height": 5, "depth": 6}
    found = scored(
        run,
        lopsided(),
        mesh("cut", [x, -1, -2], counts, **sizes),
        mesh("whole", [x, -1, -2], (1, 1, 1), **sizes),
        mesh("left", [x - 1, -1, -2], (1, 1, 3), width=2, height=5, depth=6),
        mesh("right", [x + 1, -1, -2], (1, 1, 2), width=2, height=5, depth=6),
        EVERYTHING,
        detector("water", "Zone", [0, 0, 0], zoneUuid="water-zone"),
        detector("lead", "Zone", [0, 0, 0], zoneUuid="lead-zone"),
    )
    assert found["cut"].sum() == pytest.approx(found["whole"].sum(), rel=EXACT)
    halves = found["left"].sum() + found["right"].sum()
    assert halves == pytest.approx(found["whole"].sum(), rel=EXACT)
    zones = found["water"].sum() + found["lead"].sum()
    assert zones == pytest.approx(found["all"].sum(), rel=EXACT)


def turned(project: Any, matrix: Any, shift: Any) -> Any:
    """Return a scene turned by quarters and moved; boxes of figures and world are cubes or moved.

    Solids that are turned already are left out of it: only positions and directions change.
    """
    project = copy.deepcopy(project)
    beam = project["beam"]
    beam["position"] = (matrix @ beam["position"] + shift).tolist()
    beam["direction"] = (matrix @ beam["direction"]).tolist()
    shapes = [item["geometryData"] for item in project["figureManager"]["figures"]]
    for shape in [*shapes, project["zoneManager"]["worldZone"]["geometryData"]]:
        shape["position"] = (matrix @ np.array(shape["position"]) + shift).tolist()
        sizes = shape["parameters"]
        extents = np.abs(matrix) @ [sizes["width"], sizes["height"], sizes["depth"]]
        shape["parameters"] = dict(zip(("width", "height", "depth"), extents.tolist(), strict=True))
    return project


def straight() -> Any:
    """Return the lopsided scene with its block along the axes."""
    project = lopsided()
    return set_path(project, "figureManager.figures.1.geometryData.rotation", [0, 0, 0])


CUBES = (5, 5, 5)
CUBE = {"width": 7.5, "height": 7.5, "depth": 7.5}
CENTRE = np.array([0.6, -1.1, -1.2])
"""Off the middle of the image, whose ends the engine counts from."""


def in_cubes(run: Run, project: Any, centre: Any, primaries: int) -> Any:
    """Return energies in 125 cubes of 1.5 cm, shape (x, y, z)."""
    found = scored(
        run,
        project,
        mesh("cubes", np.asarray(centre, dtype=float).tolist(), CUBES, **CUBE),
        primaries=primaries,
    )["cubes"]
    return found.reshape(CUBES).transpose(2, 1, 0)


def test_a_moved_scene_gives_the_moved_result(run: Run) -> None:
    """The same protons go the same way; rounding of places lets a few take another."""
    shift = np.array([3.3, -2.1, 7.7])
    here = in_cubes(run, straight(), CENTRE, 1600)
    there = in_cubes(run, turned(straight(), np.eye(3), shift), CENTRE + shift, 1600)
    assert there == pytest.approx(here, abs=0.02 * here.max())


MIRRORS = {
    "mirrored in x": np.diag([-1, 1, 1]),
    "mirrored in y": np.diag([1, -1, 1]),
    "turned about x and y": np.diag([-1, -1, 1]),
    "towards -z": np.diag([1, 1, -1]),
    "z to x": np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0]]),
    "z to -y": np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]]),
}


@pytest.mark.parametrize("matrix", MIRRORS.values(), ids=MIRRORS.keys())
def test_a_mirrored_or_turned_scene_gives_that_result(run: Run, matrix: Any) -> None:
    """Other protons: cubes agree within five errors of a cube, which are those of √n protons.

    A cube that n of N protons reach, each leaving up to 30 MeV, has an error of some 30·√n/N MeV.
    """
    primaries = 3200
    here = in_cubes(run, straight(), CENTRE, primaries)
    there = in_cubes(run, turned(straight(), matrix, np.zeros(3)), matrix @ CENTRE, primaries)
    places = np.stack(np.meshgrid(*[np.arange(-2, 3)] * 3, indexing="ij"), axis=-1)
    moved = np.rint(places @ matrix.T).astype(int) + 2
    expected = there[moved[..., 0], moved[..., 1], moved[..., 2]]
    error = np.sqrt(2 * 30 * np.maximum(here, 0.05) / primaries)
    assert np.all(np.abs(expected - here) < 5 * error)
