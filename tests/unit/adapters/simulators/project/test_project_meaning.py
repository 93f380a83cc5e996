"""What projects mean beyond their fields: densities, words, particles, what is not used."""

import math
from typing import Any

import numpy as np
import pytest

from adapters.simulators.project.densities import meant_density, nominal_densities
from adapters.simulators.project.reading import read_project
from adapters.simulators.project.spot import polar_angles, spot_axes
from domain.errors import InvalidInput
from tests.unit.adapters.simulators.cases import case
from tests.unit.adapters.simulators.projects import set_path, water_box


@pytest.mark.parametrize(
    ("icru", "stored", "meant"),
    [
        # ICRU Report 49: dry air 1.20479e-3, PMMA 1.19, lead 11.35, helium 1.66322e-4 g/cm3.
        (104, 1.0, 0.00120479), (223, 1.0, 1.19), (2, 1.0, 0.000166322), (276, 1.0, 1.0),
        (276, 0.5, 0.5), (223, 1.2, 1.2), (104, 0.002, 0.002), (82, 1.0, 1.0), (5000, 1.0, 1.0),
    ],
)  # fmt: skip
def test_a_density_that_was_never_set_is_that_of_nature(
    icru: int, stored: float, meant: float
) -> None:
    assert meant_density(icru, stored) == meant


def test_the_table_of_densities_is_whole() -> None:
    assert sorted(nominal_densities()) == [*range(1, 279), 906]


def test_old_air_is_air() -> None:
    project = read_project(case("conversion/17"))
    world = project.zone_manager.world_zone
    assert project.material_of(world).density == 0.00120479


def test_a_density_of_one_that_a_zone_asks_for_is_one() -> None:
    project = water_box()
    project["materialManager"]["materials"][0].update(icru=223, density=1.19)
    set_path(project, "zoneManager.zones.0.materialPropertiesOverrides", {"density": 1})
    zone = read_project(project).zone_manager.zones[0]
    assert zone.material_properties_overrides.density == 1


@pytest.mark.parametrize(
    ("direction", "polar", "azimuth"),
    [
        ((0, 0, 1), 0, 0), ((0, 0, -3), 180, 0), ((2, 0, 0), 90, 0), ((-1, 0, 0), 90, 180),
        ((0, 1, 0), 90, 90), ((0, -1, 0), 90, 270), ((1, 1, math.sqrt(2)), 45, 45),
        ((1e-17, -1e-17, 1), 0, 0), ((-0.0, -0.0, -1), 180, 0),
    ],
)  # fmt: skip
def test_angles_of_a_beam(
    direction: tuple[float, float, float], polar: float, azimuth: float
) -> None:
    assert polar_angles(direction) == pytest.approx((polar, azimuth), abs=1e-9)


@pytest.mark.parametrize(
    ("direction", "x", "y"),
    [
        ((0, 0, 1), (1, 0, 0), (0, 1, 0)), ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
        ((0, 1, 0), (0, 0, -1), (-1, 0, 0)), ((0, -1, 0), (0, 0, -1), (1, 0, 0)),
        ((0, 0, -1), (-1, 0, 0), (0, 1, 0)),
    ],
)  # fmt: skip
def test_a_spot_is_turned_by_the_polar_angle_about_y_and_the_azimuth_about_z(
    direction: tuple[float, float, float], x: tuple[float, ...], y: tuple[float, ...]
) -> None:
    axes = spot_axes(direction)
    assert axes[:, 0] == pytest.approx(x) and axes[:, 1] == pytest.approx(y)


def test_the_axes_of_a_spot_are_a_rotation_that_leads_along_the_beam() -> None:
    for direction in np.random.default_rng(3).normal(size=(50, 3)):
        axes = spot_axes(tuple(direction))
        assert axes.T @ axes == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(axes) == pytest.approx(1)
        assert axes[:, 2] == pytest.approx(direction / np.linalg.norm(direction))


@pytest.mark.parametrize(
    ("word", "sign"),
    [
        ("equal", "=="), ("not_equal", "!="), ("less_than", "<"), ("less_than_or_equal", "<="),
        ("greater_than", ">"), ("greater_than_or_equal", ">="), (">=", ">="), ("like", "like"),
    ],
)  # fmt: skip
def test_operators_are_signs(word: str, sign: str) -> None:
    project = set_path(case("conversion/13"), "scoringManager.filters.0.rules.0.operator", word)
    (found,) = read_project(project).scoring_manager.filters
    assert found.rules[0].operator == sign


@pytest.mark.parametrize(
    ("particle", "number", "ion"),
    [
        # Codes of the Particle Data Group; the numbers are those of SHIELD-HIT12A.
        ({"pdg": 2212, "displayName": "Proton", "a": 1, "z": 1}, 2, None),
        ({"pdg": 2112}, 1, None), ({"pdg": -211}, 3, None), ({"pdg": 11}, 13, None),
        ({"pdg": 1000020040, "a": 4, "z": 2}, 24, None), ({"pdg": 130}, 11, None),
        ({"pdg": 1000060120, "displayName": "Carbon-12"}, 25, (6, 12)),
        ({"pdg": 1000922380}, 25, (92, 238)),
        ({"id": 3, "name": "Pion"}, 3, None),
    ],
)  # fmt: skip
def test_particles_of_version_0_13_are_told_by_code(
    particle: dict[str, Any], number: int, ion: tuple[int, int] | None
) -> None:
    project = set_path(water_box(), "metadata.version", "0.13")
    project["scoringManager"]["filters"][0]["particle"] = particle
    read = read_project(set_path(project, "beam.particle", particle))
    for found in (read.beam.particle, read.scoring_manager.filters[0].particle):
        assert found is not None and found.id == number
        assert ion is None or (found.z, found.a) == ion
    assert read.beam.particle.name == particle.get("displayName", particle.get("name", ""))


def test_codes_in_a_scene_for_geant4_become_its_own_numbers() -> None:
    project = set_path(case("conversion/08"), "beam.particle", {"pdg": 22})
    project["scoringManager"]["filters"][1]["data"]["particleTypes"] = [{"pdg": -13}]
    read = read_project(project)
    data = read.scoring_manager.filters[1].data
    assert read.beam.particle.id == 3
    assert data is not None and [item.id for item in data.particle_types] == [8]


def test_a_code_that_nothing_has_a_number_for_is_refused_by_its_field() -> None:
    with pytest.raises(InvalidInput, match=r"^beam\.particle\.id: is missing"):
        read_project(set_path(water_box(), "beam.particle", {"pdg": 443}))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("detectorManager.detectors.3.geometryData.position", [0, 0, 500]),
        ("detectorManager.detectors.3.geometryData.parameters.radius", -1),
        ("detectorManager.detectors.3.geometryData.parameters.zSegments", 0),
        ("detectorManager.detectors.1.geometryData.parameters", {}),
        ("materialManager.materials.4.density", 0),
        ("scoringManager.filters.0.rules", [{"keyword": "?", "operator": "?", "value": 0}]),
    ],
)
def test_what_is_not_used_stops_nothing(path: str, value: Any) -> None:
    assert read_project(set_path(water_box(), path, value))


def test_a_far_detector_stops_nothing_until_it_is_used() -> None:
    project = case("conversion/15")
    assert read_project(project)
    project["scoringManager"]["outputs"][0]["detectorUuid"] = "far"
    with pytest.raises(InvalidInput, match="lies outside the world"):
        read_project(project)


@pytest.mark.parametrize("value", [0, -5, 5000])
def test_ionisation_potentials_are_checked(value: float) -> None:
    project = set_path(
        water_box(),
        "zoneManager.zones.0.materialPropertiesOverrides",
        {"averageIonisationPotential": value},
    )
    with pytest.raises(InvalidInput, match="averageIonisationPotential"):
        read_project(project)
