"""Projects for MCsquare that once gave wrong numbers, with the right ones.

Ranges and water equivalents are those of NIST's PSTAR (CSDA), masses those of geometry.
"""

import json
from typing import Any

import numpy as np
import pytest

from adapters.simulators.mcsquare.simulator import McSquare
from application.reading.depth_dose import distal_point
from domain.errors import Unsupported
from domain.estimator import Estimator, Page
from tests.integration.simulators.conftest import Run
from tests.locations import TESTS
from tests.unit.adapters.simulators.projects import detector, output, set_path, water_box

CASES = TESTS / "data" / "simulators" / "mcsquare"
RANGE_OF_150_MEV = 15.77
"""cm in water."""


def case(name: str) -> Any:
    return json.loads((CASES / f"{name}.json").read_text())


def page_of(estimators: list[Estimator], output: str, quantity: str) -> Page:
    (estimator,) = (item for item in estimators if item.name == output)
    (page,) = (item for item in estimator.pages if item.quantity == quantity)
    return page


def distal_of(page: Page) -> float:
    found = distal_point(page.axes[0].values, page.values)
    assert found is not None
    return found


@pytest.mark.parametrize(("name", "energy"), [("asym_x_beam_in", 95.84), ("asym_x_beam_out", 0.41)])
def test_a_mesh_gets_what_lies_on_its_side(run: Run, name: str, energy: float) -> None:
    page = page_of(run(case(name), 4000), "m", "ENERGY")
    assert sum(page.values) == pytest.approx(energy, abs=0.8)


def test_a_beam_off_the_middle_is_scored_where_it_is(run: Run) -> None:
    page = page_of(run(case("wide_x2_s1"), 4000), "m", "ENERGY")
    centre = np.average(page.axes[0].values, weights=page.values)
    assert centre == pytest.approx(2.0, abs=0.06)


def test_detectors_that_share_no_bins_leave_none_empty(run: Run) -> None:
    estimators = run(case("alias_xz_yz"), 10_000, tasks=4)
    page = page_of(estimators, "z_prof", "DOSE")
    assert distal_of(page) == pytest.approx(15.72, abs=0.05)
    depths, doses = np.array(page.axes[0].values), np.array(page.values)
    assert np.all(doses[depths < 15.8] > 0)
    neighbours = doses[depths < 14]
    assert np.all(np.abs(np.diff(neighbours)) < 0.25 * neighbours[1:])


def test_a_beam_may_leave_the_last_bin(run: Run) -> None:
    """150 MeV protons lose 5.44 MeV/cm at first (PSTAR), a little less with what leaves sideways."""
    page = page_of(run(case("crash_through"), 2000), "m", "DOSE")
    assert np.array(page.values[:10]) * 16 == pytest.approx(5.6, rel=0.1)
    assert min(page.values) > 0


def test_a_detector_of_everything_leaves_the_range_alone(run: Run) -> None:
    estimators = run(case("range_water_180_0_None"), 4000)
    assert distal_of(page_of(estimators, "m", "DOSE")) == pytest.approx(21.65, abs=0.05)
    meshed = sum(page_of(estimators, "m", "ENERGY").values)
    assert page_of(estimators, "all", "ENERGY").values[0] == pytest.approx(meshed, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "equivalent"),
    [
        ("slab_lead_0.2", 1.130), ("slab_lead_0.233", 1.316), ("slab_lead_0.15", 0.848),
        ("slab_al_0.46", 0.972),
    ],
)  # fmt: skip
def test_slabs_stop_as_much_as_they_are_thick(run: Run, name: str, equivalent: float) -> None:
    """The water behind the slab begins at 2 cm."""
    page = page_of(run(case(name), 3000), "m", "DOSE")
    assert distal_of(page) == pytest.approx(2 + RANGE_OF_150_MEV - equivalent, abs=0.05)


@pytest.mark.parametrize(
    ("icru", "density", "energy", "expected"),
    [
        (276, 1.0, 60, 3.092), (276, 1.0, 100, 7.717), (223, 1.19, 100, 6.594),
        (13, 2.6989, 135, 6.268), (120, 1.85, 100, 4.671), (29, 8.96, 100, 1.323),
        (82, 11.35, 100, 1.455),
    ],
)  # fmt: skip
def test_ranges_are_those_of_nist_whatever_else_is_scored(
    run: Run, icru: int, density: float, energy: float, expected: float
) -> None:
    """CSDA ranges in cm, from PSTAR's stopping powers, beside detectors that share no bins."""
    project = water_box(energy=energy, energySpread=0, position=[0, 0, -5.5])
    project["materialManager"]["materials"][0].update(icru=icru, density=density)
    sizes = {"width": 10, "height": 10, "depth": 10}
    project["detectorManager"]["detectors"] = [
        detector("depth", "Mesh", [0, 0, 0], **sizes, xSegments=1, ySegments=1, zSegments=200),
        detector("all", "All", [0, 0, 0]),
        detector(
            "plane", "Mesh", [0.3, 0, 0.013], width=3, height=0.5, depth=8, xSegments=11,
            ySegments=1, zSegments=97,
        ),
        detector(
            "rings", "Cyl", [0, 0, 0], radius=4, innerRadius=0, depth=10, radialSegments=8,
            zSegments=143,
        ),
    ]  # fmt: skip
    names = [item["uuid"] for item in project["detectorManager"]["detectors"]]
    project["scoringManager"]["outputs"] = [output(name, name, "Dose") for name in names]
    page = page_of(run(project, 3000), "depth", "DOSE")
    assert distal_of(page) + 5 == pytest.approx(expected, abs=0.05)


def mass_of(estimators: list[Estimator], output: str) -> float:
    """Return what energy and dose of a zone say of its mass in g."""
    energy, dose = (page_of(estimators, output, item).values[0] for item in ("ENERGY", "DOSE"))
    return energy / dose


@pytest.mark.parametrize(
    ("name", "zone", "mass"),
    [
        ("v_foil_bool_0.03", "Zfoil", 4 * 4 * 0.03 * 11.35),
        ("v_foil_bool_0.03", "Zrest", 4.0**3),
        ("v_slab_1mm_rot45", "Zs", 5 * 5 * 0.1 * 11.35),
        ("v_hollow_wall_0.01", "Zs", np.pi * (3**2 - 2.99**2) * 6 * 2.6989),
    ],
)
def test_thin_parts_have_their_mass(run: Run, name: str, zone: str, mass: float) -> None:
    project = case(name)
    # A spot that meets the wall of the hollow cylinder, too.
    set_path(project, "beam.sigma", {"type": "Flat circular", "x": 0, "y": 4})
    assert mass_of(run(project, 500), zone) == pytest.approx(mass, rel=0.02)


@pytest.mark.parametrize(("name", "radius"), [("v_sphere0.06", 0.06), ("v_sphere0.1", 0.1)])
def test_small_spheres_are_refused_by_name_or_have_their_mass(
    run: Run, name: str, radius: float
) -> None:
    project = case(name)
    with pytest.raises(Unsupported, match=r"figures\[0\]: 's' is .* MCsquare"):
        run(project, 500)
    set_path(project, "beam.sigma", {"type": "Gaussian", "x": 0.5, "y": 0.5})
    mass = 4 / 3 * np.pi * radius**3
    assert mass_of(run(project, 2000), "Zs") == pytest.approx(mass, rel=0.02)


def test_a_foil_in_water_slows_down_as_both_do(run: Run) -> None:
    """0.3 mm of lead, 1.695 mm of water: 11.35 times 0.498 (PSTAR at 140 MeV) a millimetre."""
    project = water_box(energy=150, position=[0, 0, -10.5])
    sizes = {"width": 10, "height": 10, "depth": 20}
    set_path(project, "figureManager.figures.0.geometryData.parameters", sizes)
    set_path(
        project,
        "zoneManager.worldZone.geometryData.parameters",
        {"width": 12, "height": 12, "depth": 22},
    )
    mesh = {**sizes, "xSegments": 1, "ySegments": 1, "zSegments": 400}
    set_path(project, "detectorManager.detectors.0.geometryData.parameters", mesh)
    plain = distal_of(run(project, 3000)[0].pages[0])
    foil = {"width": 10, "height": 10, "depth": 0.03}
    shape = {"geometryType": "BoxGeometry", "position": [0, 0, -8.0123], "parameters": foil}
    figure = {"uuid": "foil", "name": "Foil", "geometryData": shape}
    project["figureManager"]["figures"].append(figure)
    zone = {"uuid": "lead", "name": "Lead", "materialUuid": "lead"}
    zone["unionOperations"] = [[{"mode": "union", "objectUuid": "foil"}]]  # type: ignore[assignment]
    project["zoneManager"]["zones"].insert(0, zone)
    assert plain - distal_of(run(project, 3000)[0].pages[0]) == pytest.approx(0.139, abs=0.02)


def test_the_spot_of_a_beam_along_y_is_turned_by_the_rule(run: Run) -> None:
    """Polar and azimuthal angles are 90 degrees: the spot's x runs along -z, its y along -x."""
    beam = case("conv_y_ellipse")["beam"]
    project = water_box(direction=beam["direction"], sigma=beam["sigma"], position=[0, -5.5, 0])
    detectors = project["detectorManager"]["detectors"] = []
    for axis in "xz":
        sizes = {"width": 10, "height": 1, "depth": 10, "ySegments": 1}
        segments = {f"{other}Segments": 50 if other == axis else 1 for other in "xz"}
        detectors.append(detector(axis, "Mesh", [0, -4.5, 0], **sizes, **segments))
    project["scoringManager"]["outputs"] = [output(axis, axis, "Energy") for axis in "xz"]
    for estimator, sigma in zip(run(project, 4000), (1.0, 0.4), strict=True):
        page = estimator.pages[0]
        places = np.array(page.axes[0].values)
        spread = np.sqrt(np.average(places**2, weights=page.values))
        assert spread == pytest.approx(sigma, rel=0.06)


def test_densities_of_the_material_manager_count() -> None:
    files = McSquare(CASES).convert(case("conv_matdens"), skip_unsupported=True).files
    assert b" 0.5\n" in files["density.txt"]


def test_what_ran_is_what_is_told(run: Run) -> None:
    """The engine runs whole batches of 16 and normalises by them."""
    estimators = run(water_box(), 100, tasks=3)
    assert estimators[0].metadata["primaries"] == str(3 * 48)
    assert estimators[0].metadata["tasks"] == "3"
