"""What users tried with SHIELD-HIT12A, and what its input must be.

Expected values are those of its manual (beam.dat, mat.dat, detect.dat), of the geometry, and of the
project itself.
"""

from pathlib import Path

import pytest

from adapters.simulators.shieldhit.simulator import ShieldHit
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput, Unsupported
from tests.unit.adapters.simulators.cases import case, case_files
from tests.unit.adapters.simulators.projects import Json, output, set_path, solid, water_box

SIMULATOR = ShieldHit(Path("/nowhere"))


def text(project: Json, name: str) -> str:
    return SIMULATOR.convert(project).files[name].decode()


def beam(project: Json, keyword: str) -> str:
    """Return what a line of beam.dat says."""
    rows = [line.split("!")[0].split() for line in text(project, "beam.dat").split("\n")]
    (found,) = [row for row in rows if row and row[0] == keyword]
    return " ".join(found[1:])


def medium(project: Json, number: int) -> list[str]:
    block = text(project, "mat.dat").split(f"MEDIUM {number}\n")[1].split("END")[0]
    return block.split("\n")[:-1]


@pytest.mark.parametrize(
    ("sigma", "expected"),
    [
        ({"type": "Flat square", "x": 1, "y": 2}, "-1 -2"),
        ({"type": "Flat square", "x": 0, "y": 0}, "0 0"),
        ({"type": "Flat circular", "x": 5, "y": 3}, "1 -3"),
        ({"type": "Flat circular", "x": 5, "y": 0}, "0 0"),
        ({"type": "Gaussian", "x": 0.5, "y": 2}, "0.5 2"),
    ],
)
def test_spots_are_told_by_sigma_half_side_or_radius(sigma: Json, expected: str) -> None:
    # Both negative: half-widths; only the second: a radius; both zero: a point.
    assert beam(set_path(case("conversion/03"), "beam.sigma", sigma), "BEAMSIGMA") == expected


def test_a_square_of_one_side_is_refused() -> None:
    sigma = {"type": "Flat square", "x": 0, "y": 2}
    with pytest.raises(Unsupported) as refused:
        SIMULATOR.convert(set_path(case("conversion/03"), "beam.sigma", sigma))
    assert refused.value.field == "beam.sigma"


def test_a_direction_is_told_by_its_polar_angles() -> None:
    # (-0.3, -0.6, -0.6)/0.9: the polar angle is that of -2/3, the azimuth that of (-1, -2).
    polar, azimuth = map(float, beam(case("conversion/22"), "BEAMDIR").split())
    assert (polar, azimuth) == pytest.approx((131.81031, 243.43495), abs=1e-4)
    assert beam(set_path(water_box(), "beam.direction", [0, 0, -1]), "BEAMDIR") == "180.0 0.0"
    assert beam(case("physics/conv_y_ellipse"), "BEAMDIR") == "90.0 90.0"


def test_tables_of_stopping_power_are_loaded_by_the_keyword_of_the_manual() -> None:
    project = case("conversion/05")
    assert medium(project, 2) == ["ICRU 276", "LOADDEDX"]
    assert "Water.txt" in SIMULATOR.convert(project).files


def test_the_density_of_the_material_manager_is_written() -> None:
    assert medium(case("physics/conv_matdens"), 1) == ["ICRU 276", "RHO 0.5"]


def test_nominal_densities_are_those_of_the_simulator() -> None:
    # 1 is what old projects store for all compounds.
    assert medium(case("conversion/17"), 2) == ["ICRU 104"]


def test_a_density_of_a_zone_keeps_the_material_and_its_ionisation_potential() -> None:
    project = water_box()
    zone = project["zoneManager"]["zones"][0]
    zone["materialPropertiesOverrides"] = {"density": 1.25}
    assert medium(project, 4) == ["ICRU 276", "RHO 1.25"]


def test_an_ionisation_potential_is_refused_by_name() -> None:
    with pytest.raises(Unsupported) as refused:
        SIMULATOR.convert(case("conversion/18"))
    assert refused.value.field.endswith("materialPropertiesOverrides.averageIonisationPotential")
    assert "SHIELD-HIT12A" in refused.value.message


def test_zones_are_scored_by_their_volume() -> None:
    # A box of 4 x 4 x 20 cm, of which the beam pipe takes 248; the reference of this project.
    assert "    Zone 1\n    Volume 72.0\n" in text(case("physics/conv_gauss"), "detect.dat")


@pytest.mark.parametrize(("radius", "volume"), [(3, 113.0973355), (0.01, 4.18879020e-6)])
def test_volumes_of_zones(radius: float, volume: float) -> None:
    project = water_box()
    ball = solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=radius)
    project["figureManager"]["figures"].append({"uuid": "b", "name": "b", "geometryData": ball})
    steps = [{"mode": "union", "objectUuid": "b"}]
    project["zoneManager"]["zones"][0]["unionOperations"] = [steps]
    project["scoringManager"]["outputs"] = [output("ball", "zone", "Dose")]
    told = text(project, "detect.dat").split("Volume ")[1].split("\n")[0]
    assert float(told) == pytest.approx(volume, rel=1e-8)


def test_filters_for_what_is_no_nucleus_go_by_its_number() -> None:
    assert "Filter\n    Name F\n    ID == 3\n" in text(case("conversion/09"), "detect.dat")


@pytest.mark.parametrize(
    ("word", "sign"),
    [
        ("equal", "=="), ("not_equal", "!="), ("less_than", "<"), ("greater_than", ">"),
        ("less_than_or_equal", "<="), ("greater_than_or_equal", ">="),
    ],
)  # fmt: skip
def test_words_of_operators_are_signs(word: str, sign: str) -> None:
    project = case("conversion/13")
    rule = {"keyword": "Z", "operator": word, "value": 2}
    project["scoringManager"]["filters"][0]["rules"] = [rule]
    project["scoringManager"]["outputs"][0]["quantities"][0]["filter"] = "x"
    assert f"Filter\n    Name unused\n    Z {sign} 2\n" in text(project, "detect.dat")


@pytest.mark.parametrize("rule", ["Z almost 2", "COLOUR == 2"])
def test_a_filter_that_nothing_uses_stops_nothing(rule: str) -> None:
    project = case("conversion/13")
    keyword, operator, value = rule.split()
    rules = [{"keyword": keyword, "operator": operator, "value": float(value)}]
    project["scoringManager"]["filters"][0]["rules"] = rules
    assert "Filter" not in text(project, "detect.dat")


@pytest.mark.parametrize("change", [{"position": [0, 0, 900]}, {"rotation": [0, 45, 0]}])
def test_a_detector_that_nothing_uses_stops_nothing(change: Json) -> None:
    project = case("conversion/15")
    used = {item["detectorUuid"] for item in project["scoringManager"]["outputs"]}
    for detector in project["detectorManager"]["detectors"]:
        if detector["uuid"] not in used:
            detector["geometryData"].update(change)
    assert text(project, "detect.dat").count("Geometry ") == len(used)


def test_quantities_and_differentials_of_the_editor() -> None:
    assert "    Quantity 1MeVNEq\n" in text(case("conversion/10"), "detect.dat")
    assert "    Diff1Type MDEDX\n" in text(case("conversion/11"), "detect.dat")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("geant4/energy_above_high_cutoff", "beam.energyHighCutoff"),
        ("geant4/proton_1500MeV", "beam.energyHighCutoff"),
        ("conversion/16", "beam.position"),
    ],
)
def test_beams_that_never_start_are_refused(name: str, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        SIMULATOR.convert(case(name))
    assert refused.value.field == field


def test_letters_of_two_bytes_end_no_line() -> None:
    files = case_files("05-")
    assert SIMULATOR.total_primaries(files) == 20
    own = SIMULATOR.task_files(files, 7, 1)["beam.dat"]
    before, after = files["beam.dat"].split(b"\n"), own.split(b"\n")
    changed = [number for number, line in enumerate(before) if line != after[number]]
    assert (len(before), changed) == (len(after), [4])
    assert after[4].split()[:3] == [b"NSTAT", b"7", b"-1"]


@pytest.mark.parametrize(
    ("detect", "expected"),
    [
        ("Output\n Filename a.bdo\n Geo G\n Quantity Dose\n", True),
        ("output\n filename a\n fileformat bdo2019\n geo G\n quantity dose\n", True),
        ("Output\n Filename a.dat\n FileFormat TEXT\n Geo G\n Quantity Dose\n", False),
        ("Output\n Filename a.bdo\n Geo G\n", False),
        ("Output\n Geo G\n Quantity Dose\n", False),
        ("Geometry Zone\n Name z\n Zone 1\n", False),
        ("* old\nMSH        -1.0      -1.0       0.0  1.0 1.0 2.0\n", True),
        ("# Output\n", False),
        ("", False),
    ],
)
def test_files_that_score_nothing_readable_are_refused(detect: str, expected: bool) -> None:
    files: InputFiles = {**case_files("05-"), "detect.dat": detect.encode()}
    if expected:
        SIMULATOR.check_scored(files)
        return
    with pytest.raises(InvalidInput) as refused:
        SIMULATOR.check_scored(files)
    assert refused.value.field == "detect.dat"


def test_the_case_of_the_files_scores() -> None:
    SIMULATOR.check_scored(case_files("05-"))


def test_carbon_keeps_the_limit_of_its_nucleons() -> None:
    carbon = {"id": 25, "a": 12, "z": 6, "name": "Heavy ion"}
    project = water_box(particle=carbon, energy=1200, energyUnit="MeV", energySpread=12)
    assert (beam(project, "TMAX0"), beam(project, "TCUT0")) == ("100.0 1.0", "0 1000")
