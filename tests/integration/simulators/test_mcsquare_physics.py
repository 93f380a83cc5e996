"""MCsquare's physics on real runs. Seeds are fixed: the same numbers come out every time."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.executors.local_process.runner import LocalProcessRunner
from adapters.simulators.mcsquare.simulator import McSquare
from application.ports.simulator import TaskOutput
from application.reading.depth_dose import depth_dose_maximum, distal_point
from application.running.run_task import write_files
from domain.errors import SimulationFailed
from domain.estimator import Estimator, Page
from tests.integration.simulators.conftest import Run
from tests.locations import TESTS
from tests.unit.adapters.simulators.projects import (
    detector,
    example,
    output,
    set_path,
    solid,
    water_box,
)

REFERENCE = TESTS / "data" / "shieldhit_z_profile.json"


def curve(page: Page) -> tuple[Sequence[float], Sequence[float]]:
    return page.axes[0].values, page.values


def test_the_example_agrees_with_shieldhit(run: Run) -> None:
    estimators = run(example(), 40_000, tasks=4)
    page = estimators[0].pages[0]
    reference = json.loads(REFERENCE.read_text())
    depths, doses = curve(page)
    assert list(depths) == pytest.approx(reference["depth_cm"])
    distal = distal_point(depths, doses)
    assert distal == pytest.approx(15.71, abs=0.1)
    assert depth_dose_maximum(depths, doses) == pytest.approx(15.43, abs=0.15)
    z, ours = np.array(depths), np.array(doses)
    theirs = np.array(reference["dose_MeV_per_g_per_primary"])
    for low in range(2, 12):
        # Centimetres: both curves have a per cent of noise in each bin of half a millimetre.
        inside = (z >= low) & (z < low + 1)
        assert ours[inside].mean() == pytest.approx(theirs[inside].mean(), rel=0.04)
    assert ours[0] == pytest.approx(0.0711, rel=0.04)
    entrance = estimators[2].pages[0]
    assert entrance.values[0] == pytest.approx(0.0714, rel=0.04)
    assert estimators[0].metadata["primaries"] == "40000"
    assert "FluenceProtons" in estimators[0].metadata["left_out"]


@pytest.mark.parametrize(("energy", "csda"), [(70, 4.08), (100, 7.72), (200, 25.96)])
def test_ranges_in_water_are_those_of_nist(run: Run, energy: float, csda: float) -> None:
    project = water_box(energy=energy, energySpread=0, position=[0, 0, -16])
    sizes = {"width": 10, "height": 10, "depth": 30}
    set_path(project, "figureManager.figures.0.geometryData.parameters", sizes)
    world = {"width": 11, "height": 11, "depth": 33}
    set_path(project, "zoneManager.worldZone.geometryData.parameters", world)
    mesh = {**sizes, "xSegments": 1, "ySegments": 1, "zSegments": 600}
    set_path(project, "detectorManager.detectors.0.geometryData.parameters", mesh)
    (estimator,) = run(project, 10_000)
    depths, doses = curve(estimator.pages[0])
    distal = distal_point(depths, doses)
    assert distal is not None
    assert distal + 15 == pytest.approx(csda, abs=0.15)


def test_tasks_are_independent(run: Run) -> None:
    """Merged tasks lie about as far from a long run of other seeds as their errors say.

    Correlated tasks would lie further off. Columns under a flat beam see different primaries, so
    the mean square of their deviations in errors is 1 give or take √(2/64) = 0.18.
    """
    project = water_box(sigma={"type": "Flat square", "x": 4, "y": 4})
    sizes = {"width": 8, "height": 8, "depth": 10, "xSegments": 8, "ySegments": 8, "zSegments": 1}
    project["detectorManager"]["detectors"] = [detector("columns", "Mesh", [0, 0, 0], **sizes)]
    project["scoringManager"]["outputs"] = [output("columns", "columns", "Energy")]
    long = np.array(run(project, 80_000, first_seed=5001)[0].pages[0].values)
    page = run(project, 32 * 250, tasks=32)[0].pages[0]
    error = np.array(page.errors) * np.sqrt(1 + 8000 / 80_000)
    assert np.mean(((np.array(page.values) - long) / error) ** 2) == pytest.approx(1, abs=0.4)


def test_the_error_falls_with_the_square_root_of_the_tasks(run: Run) -> None:
    project = water_box()

    def error(tasks: int, first_seed: int) -> float:
        page = run(project, tasks * 200, tasks, first_seed)[0].pages[0]
        assert page.errors is not None
        return float(np.mean(np.array(page.errors)[3:33] / np.array(page.values)[3:33]))

    assert error(64, 1) / error(16, 1000) == pytest.approx(0.5, abs=0.1)


def centre_of_energy(estimators: list[Estimator]) -> list[float]:
    centres = []
    for page in (estimator.pages[0] for estimator in estimators):
        weights = np.array(page.values)
        centres.append(float(np.average(page.axes[0].values, weights=weights)))
    return centres


def along_axes(project: Any, bins: int = 50) -> Any:
    detectors, outputs = [], []
    for axis in "xyz":
        segments = {f"{other}Segments": bins if other == axis else 1 for other in "xyz"}
        sizes = {"width": 10, "height": 10, "depth": 10}
        detectors.append(detector(axis, "Mesh", [0, 0, 0], **sizes, **segments))
        outputs.append(output(axis, axis, "Energy"))
    project["detectorManager"]["detectors"] = detectors
    project["scoringManager"]["outputs"] = outputs
    return project


@pytest.mark.parametrize(
    "direction",
    [(0, 0, 1), (0, 0, -1), (1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0.5, -0.3, 0.7)],
)
def test_the_beam_goes_where_it_is_sent(run: Run, direction: tuple[float, float, float]) -> None:
    unit = np.array(direction) / np.linalg.norm(direction)
    start = np.array([0.4, -0.8, 0.6])
    project = along_axes(water_box(position=start.tolist(), direction=list(direction)))
    found = np.array(centre_of_energy(run(project, 1000)))
    # Starting inside the water, 70 MeV protons leave their energy 2.6 cm ahead on average.
    assert found == pytest.approx(start + unit * 2.6, abs=0.15)


@pytest.mark.parametrize(
    ("kind", "x", "y", "expected"),
    [
        ("Gaussian", 1.0, 0.5, (1.0, 0.5)),
        ("Flat square", 2.0, 1.0, (4 / 12**0.5, 2 / 12**0.5)),
        ("Flat circular", 0.0, 2.0, (1.0, 1.0)),
    ],
)
def test_spots_have_their_shape(
    run: Run, kind: str, x: float, y: float, expected: tuple[float, float]
) -> None:
    """The standard deviation across a flat spot is width/√12, across a disc radius/2.

    Flat spots have half their width in sigma, as SHIELD-HIT12A's BEAMSIGMA has below zero.
    """
    project = along_axes(water_box(sigma={"type": kind, "x": x, "y": y}), bins=100)
    for entry in project["detectorManager"]["detectors"]:
        entry["geometryData"]["position"] = [0, 0, -4.5]
        entry["geometryData"]["parameters"]["depth"] = 1
    estimators = run(project, 8000)
    for estimator, sigma in zip(estimators, expected, strict=False):
        centres, energy = (np.array(values) for values in curve(estimator.pages[0]))
        spread = np.sqrt(np.average(centres**2, weights=energy))
        assert spread == pytest.approx(sigma, rel=0.05)


def test_all_detectors_see_the_same_energy(run: Run) -> None:
    project = water_box()
    project["scoringManager"]["outputs"] = [
        output(name, name, "Energy", "Dose") for name in ("mesh", "zone", "all")
    ]
    mesh, zone, everything = run(project, 2000)
    total = everything.pages[0].values[0]
    assert 65 < total < 70
    assert sum(mesh.pages[0].values) == pytest.approx(total, rel=1e-3)
    assert zone.pages[0].values[0] == pytest.approx(total, rel=1e-3)
    assert zone.pages[1].values[0] == pytest.approx(total / 1000, rel=1e-3)


def test_let_rises_towards_the_end(run: Run) -> None:
    project = water_box()
    project["physic"] = {"enableNuclearReactions": False}
    project["scoringManager"]["outputs"] = [output("let", "mesh", "dLET")]
    let = run(project, 5000)[0].pages[0]
    # PSTAR: 9.6 MeV/cm at 70 MeV in water.
    assert np.mean(let.values[:3]) == pytest.approx(9.6, rel=0.1)
    assert let.values[39] > 5 * let.values[0]
    assert let.unit == "MeV/cm"


def test_a_turned_box_is_hit_where_it_stands(run: Run) -> None:
    project = water_box(position=[0, 0, -5.9])
    figure = project["figureManager"]["figures"][0]
    figure["geometryData"] = solid(
        "BoxGeometry", [0, 0, 0], [0, 45, 0], width=4, height=10, depth=4
    )
    depth = run(project, 2000)[0].pages[0]
    filled = [z for z, energy in zip(*curve(depth), strict=True) if energy > 0]
    assert min(filled) == pytest.approx(-(2 * 2**0.5), abs=0.15)


def test_plain_files_give_the_grids_of_the_engine(
    run: Run, simulators_dir: Path, tmp_path: Path, runner: LocalProcessRunner
) -> None:
    mcsquare = McSquare(simulators_dir)
    files = dict(mcsquare.task_files(mcsquare.convert(water_box()).files, 500, 1))
    del files["scoring.json"]
    files["config.txt"] += b"Dose_MHD_Output True #\n"
    folder = tmp_path / "plain"
    folder.mkdir()
    write_files(folder, mcsquare.task_files(files, 500, 1))
    outcome = runner.run(mcsquare.command(folder, 1), folder, lambda _: True)
    mcsquare.collect(folder, outcome.exit_code, outcome.log)
    dose, energy = mcsquare.merge([TaskOutput(folder, 500)], files)
    assert [dose.name, energy.name] == ["Dose", "Energy"]
    assert energy.pages[0].dimensions == 3
    assert 65 < sum(energy.pages[0].values) < 70
    assert max(dose.pages[0].values) > 0


def test_the_tails_of_a_spot_wider_than_the_world_are_simulated(run: Run) -> None:
    """A Gaussian of 3 cm leaves 1 - erf(5/3/√2)² beside the water, and all of it counts."""
    narrow = run(water_box(), 2000)[0].pages[1]
    sigma = {"type": "Gaussian", "x": 3, "y": 3}
    wide = run(water_box(sigma=sigma), 8000, first_seed=50)[0].pages[1]
    share = sum(wide.values) / sum(narrow.values)
    assert share == pytest.approx(math.erf(5 / 3 / 2**0.5) ** 2, rel=0.02)


def test_primaries_that_miss_are_a_failure_with_its_reason(
    simulators_dir: Path, tmp_path: Path, runner: LocalProcessRunner
) -> None:
    mcsquare = McSquare(simulators_dir)
    files = dict(mcsquare.task_files(mcsquare.convert(water_box()).files, 200, 1))
    plan = files["plan.txt"].decode().splitlines()
    place = plan.index("###IsocenterPosition") + 1
    plan[place] = "900 900 900"
    write_files(tmp_path, {**files, "plan.txt": "\n".join(plan).encode()})
    outcome = runner.run(mcsquare.command(tmp_path, 1), tmp_path, lambda _: True)
    with pytest.raises(SimulationFailed, match="misplaced"):
        mcsquare.collect(tmp_path, outcome.exit_code, outcome.log)
