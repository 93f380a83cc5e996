"""What real scenes hold that MCsquare must take, or refuse by its name; no engine runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.mcsquare import reduction, voxels
from adapters.simulators.mcsquare.footprint import beam_footprint
from adapters.simulators.mcsquare.grid import Axis
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.project.reading import read_project
from domain.errors import InvalidInput, Unsupported
from tests.unit.adapters.simulators.projects import set_path, solid, water_box

MCSQUARE = McSquare(Path("/nowhere"))


@pytest.mark.parametrize("material", ["vacuum", "hole"])
def test_what_is_no_matter_needs_no_density(material: str) -> None:
    """The editor's own list gives vacuum and black hole a density of 0."""
    project = set_path(water_box(), "zoneManager.worldZone.materialUuid", material)
    for index in (1, 2):
        set_path(project, f"materialManager.materials.{index}.density", 0)
    MCSQUARE.convert(project)


def dense_water() -> Any:
    """Return a project whose zone has an overridden density, as the editor saves it."""
    project = water_box()
    original = project["materialManager"]["materials"][0]
    zone = project["zoneManager"]["zones"][0]
    zone["materialUuid"] = "copy"
    zone["materialPropertiesOverrides"] = {"density": 1.25}
    zone["customMaterial"] = {**original, "uuid": "copy", "originalMaterialUuid": "water"}
    return project


def test_a_zone_may_have_a_copy_of_a_material_of_its_own() -> None:
    assert b" 1.25\n" in MCSQUARE.convert(dense_water()).files["density.txt"]


def test_the_density_of_such_a_copy_is_checked() -> None:
    project = set_path(dense_water(), "zoneManager.zones.0.materialPropertiesOverrides.density", -1)
    with pytest.raises(InvalidInput, match=r"materialPropertiesOverrides\.density"):
        MCSQUARE.convert(project)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("specialComponentsManager", {"modulator": {"name": "wheel"}}, "specialComponentsManager.modulator"),
        ("specialComponentsManager", {"CTCube": {"name": "head"}}, "specialComponentsManager.CTCube"),
        ("scoringManager.outputs.0.trace", True, "scoringManager.outputs[0].trace"),
        ("scoringManager.outputs.0.quantities.1.materialUuid", "lead", "scoringManager.outputs[0].quantities[1]"),
        ("scoringManager.outputs.0.quantities.1.primaries", 5, "scoringManager.outputs[0].quantities[1]"),
        ("beam.sigma", {"type": "Gaussian", "x": 50, "y": 50}, "beam.sigma"),
    ],
)  # fmt: skip
def test_nothing_of_a_scene_is_dropped_silently(path: str, value: Any, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        MCSQUARE.convert(set_path(water_box(), path, value))
    assert refused.value.field == field
    assert "MCsquare" in refused.value.message


def test_a_manager_without_special_components_is_no_reason_to_refuse() -> None:
    manager = {"uuid": "u", "name": "n", "type": "t", "metadata": {"version": "0.12"}}
    MCSQUARE.convert(set_path(water_box(), "specialComponentsManager", manager))


@pytest.mark.parametrize("thickness", [1e-5, 0.001, 0.09, 0.15])
def test_a_figure_thinner_than_a_voxel_keeps_its_mass(thickness: float) -> None:
    project = water_box()
    foil = solid("BoxGeometry", [0, 0, 5.55], [0, 0, 0], width=8, height=8, depth=thickness)
    figure = {"uuid": "foil", "name": "Foil", "geometryData": foil}
    project["figureManager"]["figures"].append(figure)
    MCSQUARE.convert(project)  # A figure of no zone does no harm.
    zones = project["zoneManager"]["zones"]
    operations = [[{"mode": "union", "objectUuid": "foil"}]]
    zones.append({**zones[0], "uuid": "thin", "unionOperations": operations})
    files = MCSQUARE.task_files(MCSQUARE.convert(project).files, 1, 1)
    grid = reduction.image_grid_of(files)
    density = voxels.densities(files["CT.raw"], files["density.txt"], grid)
    behind = density[grid.z.centres() > 5].sum()
    mass = behind * grid.x.spacing * grid.y.spacing * grid.z.spacing
    assert mass == pytest.approx(8 * 8 * thickness, rel=1e-3)


@pytest.mark.parametrize(
    ("position", "direction"),
    [([0, 20, -8], [0, 0, 1]), ([0, 0, 8], [0, 0, 1]), ([0, 0, -8], [1, 0, 1e-9])],
)
def test_a_beam_that_misses_the_world_is_refused(
    position: list[float], direction: list[float]
) -> None:
    with pytest.raises(InvalidInput, match=r"beam\.position"):
        MCSQUARE.convert(water_box(position=position, direction=direction))


@pytest.mark.parametrize(
    ("kind", "x", "y", "reach"),
    [("Gaussian", 1.5, 0.5, 9), ("Flat circular", 0, 8, 8), ("Flat square", 16, 2, 8)],
)
def test_the_image_is_as_wide_as_the_spot(kind: str, x: float, y: float, reach: float) -> None:
    project = water_box(sigma={"type": kind, "x": x, "y": y})
    grid = voxels.scene_grid(read_project(project))
    assert grid.x.start < -reach
    assert grid.x.end > reach
    assert grid.z.end == pytest.approx(6, abs=0.21)
    # The faces of the phantom stay faces of voxels.
    faces = (np.array([-5.0, 5.0]) - grid.x.start) / grid.x.spacing
    assert np.abs(faces - np.round(faces)).max() < 1e-6


directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda d: max(map(abs, d)) > 0.1)


@given(directions, st.floats(0, 2), st.floats(0, 2 * np.pi))
def test_every_path_of_the_beam_meets_its_footprint(
    direction: tuple[float, float, float], sigma: float, turn: float
) -> None:
    beam = {"direction": list(direction), "position": [0, 0, 0]}
    project = read_project(water_box(**beam, sigma={"type": "Gaussian", "x": sigma, "y": sigma}))
    low, high = beam_footprint(project)
    along = np.array(direction) / np.linalg.norm(direction)
    across = np.cross(along, np.eye(3)[np.argmin(np.abs(along))])
    across /= np.linalg.norm(across)
    start = 6 * sigma * (np.cos(turn) * across + np.sin(turn) * np.cross(along, across))
    assert np.all(start >= low - 1e-6)
    assert np.all(start <= high + 1e-6)


@given(st.floats(-50, 50), st.floats(0, 50))
def test_an_axis_reaches_further_by_whole_voxels(low: float, length: float) -> None:
    axis = Axis(-3.0, 0.25, 24)
    longer = axis.reaching(low, low + length)
    assert longer.start <= min(axis.start, low) + 1e-9
    assert longer.end >= max(axis.end, low + length) - 1e-9
    assert (axis.start - longer.start) / axis.spacing == pytest.approx(
        round((axis.start - longer.start) / axis.spacing)
    )


def test_image_headers_name_no_file_outside() -> None:
    files = {
        "config.txt": b"Num_Primaries 5\n",
        "CT.mhd": b"DimSize = 2 2 2\nElementDataFile = ../../secret\n",
    }
    with pytest.raises(InvalidInput, match=r"CT\.mhd: ElementDataFile"):
        MCSQUARE.task_files(files, 5, 1)


def test_paths_are_refused_when_files_are_submitted() -> None:
    with pytest.raises(InvalidInput, match="BDL_Plan_File"):
        MCSQUARE.total_primaries({"config.txt": b"Num_Primaries 5\nBDL_Plan_File /etc/plan\n"})
