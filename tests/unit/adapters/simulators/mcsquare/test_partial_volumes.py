"""How much of each zone the image of a scene holds: against geometry, however small parts are."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.mcsquare import reduction, voxels
from adapters.simulators.mcsquare.partial_volumes import compose
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.project.reading import read_project
from domain.errors import Unsupported
from tests.unit.adapters.simulators.projects import set_path, solid, water_box

MCSQUARE = McSquare(Path("/nowhere"))


def with_figure(shape: Any, **beam: Any) -> Any:
    """Return the scene of a figure of water in vacuum."""
    return set_path(water_box(**beam), "figureManager.figures.0.geometryData", shape)


def volume(project: Any, zone: int = 0) -> float:
    read = read_project(project)
    grid = voxels.scene_grid(read)
    found = compose(read, grid).volumes(len(read.zone_manager.zones))
    return float(found[zone] * np.prod([axis.spacing for axis in grid.axes]))


sizes = st.floats(0.003, 4)
middles = st.lists(st.floats(-1, 1), min_size=3, max_size=3)
turns = st.lists(st.floats(0, 180), min_size=3, max_size=3)


@settings(max_examples=40, deadline=None)
@given(middles, st.lists(sizes, min_size=3, max_size=3))
def test_boxes_have_their_volume_exactly(middle: list[float], size: list[float]) -> None:
    named = dict(zip(("width", "height", "depth"), size, strict=True))
    project = with_figure(solid("BoxGeometry", middle, [0, 0, 0], **named))
    assert volume(project) == pytest.approx(np.prod(size), rel=1e-4)


@settings(max_examples=15, deadline=None)
@given(middles, turns, st.lists(st.floats(0.05, 2), min_size=3, max_size=3))
def test_turned_boxes_have_their_volume(
    middle: list[float], turn: list[float], size: list[float]
) -> None:
    named = dict(zip(("width", "height", "depth"), size, strict=True))
    project = with_figure(solid("BoxGeometry", middle, turn, **named))
    assert volume(project) == pytest.approx(np.prod(size), rel=0.02)


def test_a_plate_along_the_diagonal_of_voxels_is_sampled_as_well() -> None:
    plate = solid("BoxGeometry", [0, 0, 0], [45, 0, 0], width=5, height=5, depth=0.1)
    assert volume(with_figure(plate)) == pytest.approx(5 * 5 * 0.1, rel=0.005)


@settings(max_examples=15, deadline=None)
@given(middles, st.floats(0.05, 2))
def test_spheres_have_their_volume(middle: list[float], radius: float) -> None:
    project = with_figure(solid("SphereGeometry", middle, [0, 0, 0], radius=radius))
    assert volume(project) == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.02)


@settings(max_examples=15, deadline=None)
@given(
    middles,
    st.sampled_from([[0, 0, 0], [90, 0, 0], [0, 90, 0], [20, 30, 0]]),
    st.floats(0.3, 2),
    st.floats(0.02, 0.2),
    st.floats(0.05, 3),
)
def test_pipes_have_their_volume(
    middle: list[float], turn: list[float], radius: float, wall: float, depth: float
) -> None:
    inner = radius - wall
    shape = solid(
        "HollowCylinderGeometry", middle, turn, radius=radius, innerRadius=inner, depth=depth
    )
    expected = np.pi * (radius**2 - inner**2) * depth
    assert volume(with_figure(shape)) == pytest.approx(expected, rel=0.02)


def test_what_is_left_by_subtraction_counts() -> None:
    """A shell of 0.1 mm: a sphere without a smaller one, which another zone fills with lead."""
    project = with_figure(solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=2))
    inner = {"uuid": "inner", "name": "Inner"}
    inner["geometryData"] = solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=1.99)  # type: ignore[assignment]
    project["figureManager"]["figures"].append(inner)
    zones = project["zoneManager"]["zones"]
    zones[0]["unionOperations"] = [
        [{"mode": "union", "objectUuid": "box"}, {"mode": "subtraction", "objectUuid": "inner"}]
    ]
    zones.append({"uuid": "core", "name": "Core", "materialUuid": "lead"})
    zones[1]["unionOperations"] = [[{"mode": "union", "objectUuid": "inner"}]]
    core = 4 / 3 * np.pi * 1.99**3
    assert volume(project, 0) == pytest.approx(4 / 3 * np.pi * 8 - core, rel=0.02)
    assert volume(project, 1) == pytest.approx(core, rel=1e-3)


def test_the_density_of_a_voxel_of_two_materials_slows_down_as_both() -> None:
    """A foil of lead within a voxel of water: PSTAR has 3.552 and 7.289 MeV cm2/g at 100 MeV."""
    project = with_figure(
        solid("BoxGeometry", [0, 0, 0.0377], [0, 0, 0], width=12, height=12, depth=0.03)
    )
    set_path(project, "zoneManager.zones.0.materialUuid", "lead")
    set_path(project, "zoneManager.worldZone.materialUuid", "water")
    files = dict(MCSQUARE.task_files(MCSQUARE.convert(project).files, 1, 1))
    grid = reduction.image_grid_of(files)
    column = voxels.densities(files["CT.raw"], files["density.txt"], grid)[:, 60, 60]
    (mixed,) = column[(column > 0) & ~np.isclose(column, 1)]
    share = 0.03 / grid.z.spacing
    # What is more than water can only be lead, whose power is lower than water's.
    assert mixed * 3.552 == pytest.approx(share * 11.35 * 3.552 + (1 - share) * 7.289, rel=1e-3)


def test_a_wall_too_thin_to_be_sampled_is_refused_by_name() -> None:
    shape = solid(
        "HollowCylinderGeometry", [0, 0, 0], [20, 0, 0], radius=3, innerRadius=2.999999, depth=3
    )
    with pytest.raises(Unsupported, match=r"figures\[0\]: 'Box': the mass of zone 'Water'"):
        MCSQUARE.convert(with_figure(shape))


def test_a_figure_as_small_as_voxels_needs_a_wider_spot() -> None:
    shape = solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=0.1)
    with pytest.raises(Unsupported, match=r"figures\[0\]: 'Box' is 2 mm wide"):
        MCSQUARE.convert(with_figure(shape))
    MCSQUARE.convert(with_figure(shape, sigma={"type": "Gaussian", "x": 0.3, "y": 0.3}))
    MCSQUARE.convert(with_figure(shape, position=[2, 0, -5.5]))
    cube = solid("BoxGeometry", [0, 0, 0], [0, 0, 0], width=0.2, height=0.2, depth=0.2)
    MCSQUARE.convert(with_figure(cube))
