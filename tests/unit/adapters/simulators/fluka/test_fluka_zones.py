"""FLUKA: what is scored in zones, as regions and as spectra, and the volumes that takes."""

import math
from pathlib import Path
from typing import Any

import pytest

from adapters.simulators.fluka.cards import number
from adapters.simulators.fluka.regions import region_name
from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.native.zone_volumes import zone_volume
from adapters.simulators.project.reading import read_project
from domain.errors import InvalidInput, Unsupported
from tests.simulator_stand_ins.fluka import factor
from tests.simulator_stand_ins.installing import install
from tests.unit.adapters.simulators.projects import Json, set_path, solid, water_box
from tests.unit.adapters.simulators.stand_in_runs import merged, weighted

ENERGY = {"diffType": "E", "lowerLimit": 0.0, "upperLimit": 100.0, "binsNumber": 20}
PROTONS = "f"


def quantity(keyword: str, *modifiers: Json, **fields: Any) -> Json:
    return {"name": f"My {keyword}", "keyword": keyword, "modifiers": list(modifiers), **fields}


def in_zone(*quantities: Json, name: str = "water") -> Json:
    """Return an output of the zone as the editor writes it."""
    return {
        "name": name, "scoringType": "ZONE", "zoneUuid": "water-zone", "quantities": quantities,
    }  # fmt: skip


def scene(*outputs: Json) -> Json:
    project = water_box()
    project["scoringManager"]["outputs"] = list(outputs)
    return project


def scoring_cards(project: Json) -> list[str]:
    text = Fluka(Path("/none")).convert(project).files["fl_sim.inp"].decode()
    return [line for line in text.splitlines() if line.startswith(("USR", "AUX"))]


def fields(line: str) -> list[str]:
    return [line[10 * at : 10 * at + 10].strip() for at in range(8)]


def test_a_zone_is_a_bin_by_region() -> None:
    found = scoring_cards(scene(in_zone(quantity("Dose"), quantity("Fluence", filter=PROTONS))))
    assert [fields(line) for line in found] == [
        ["USRBIN", "12.0", "DOSE", "-21.0", "region0", "", "", "My_Dose"],
        ["USRBIN", "region0", "", "", "1.0", "", "", "&"],
        ["USRBIN", "12.0", "PROTON", "-21.0", "region0", "", "", "My_Fluence"],
        ["USRBIN", "region0", "", "", "1.0", "", "", "&"],
    ]


@pytest.mark.parametrize(("is_log", "low", "kind"), [(False, 0.0, "1.0"), (True, 1e-3, "-1.0")])
def test_a_spectrum_is_a_track_length_estimator(is_log: bool, low: float, kind: str) -> None:
    energy = {**ENERGY, "isLog": is_log, "lowerLimit": low}
    found = scoring_cards(scene(in_zone(quantity("Fluence", energy, filter=PROTONS))))
    assert [fields(line) for line in found] == [
        ["USRTRACK", kind, "PROTON", "-21.0", "region0", "1000.0", "20.0", "My_Fluence"],
        ["USRTRACK", "0.1", number(low / 1000), "", "", "", "", "&"],
    ]


def test_each_kind_of_card_has_a_unit_and_a_count_of_its_own() -> None:
    project = scene(
        in_zone(quantity("Dose", filter="c"), quantity("Fluence", ENERGY, filter="c"), name="a"),
        in_zone(quantity("Fluence", ENERGY, filter="c"), name="b"),
    )
    carbon = [{"keyword": word, "operator": "==", "value": n} for word, n in (("Z", 6), ("A", 12))]
    project["scoringManager"]["filters"].append({"uuid": "c", "name": "carbon", "rules": carbon})
    found = [fields(line) for line in scoring_cards(project)]
    assert [line[:4] for line in found if line[7] not in ("&", "") or line[0] == "AUXSCORE"] == [
        ["USRBIN", "12.0", "DOSE", "-21.0"],
        ["AUXSCORE", "USRBIN", "-1200600.0", ""],
        ["USRTRACK", "1.0", "HEAVYION", "-22.0"],
        ["AUXSCORE", "USRTRACK", "-1200600.0", ""],
        ["USRTRACK", "1.0", "HEAVYION", "-23.0"],
        ["AUXSCORE", "USRTRACK", "-1200600.0", ""],
    ]
    assert [line[4:7] for line in found if line[0] == "AUXSCORE"] == [
        ["1.0", "1.0", "1.0"], ["1.0", "1.0", "1.0"], ["2.0", "2.0", "1.0"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (quantity("Dose", ENERGY), "scores Fluence differentially, not Dose"),
        (quantity("Fluence", ENERGY), "slow neutrons in groups"),
        (quantity("Fluence", ENERGY, ENERGY, filter=PROTONS), "differential once"),
        (quantity("Fluence", {**ENERGY, "diffType": "ANGLE"}, filter=PROTONS), "not ANGLE"),
        (quantity("Fluence", {**ENERGY, "binsNumber": 0}, filter=PROTONS), "binsNumber"),
        (quantity("Fluence", {**ENERGY, "upperLimit": 0}, filter=PROTONS), "lowerLimit"),
        (quantity("Fluence", {**ENERGY, "isLog": True}, filter=PROTONS), "logarithmic"),
        (quantity("Fluence", {**ENERGY, "diffType": "ENUC"}, filter="d"), "the whole particle"),
        (quantity("Fluence", ENERGY, filter="h"), "one kind of particle only"),
        (quantity("dLET"), "no quantity dLET"),
        (quantity("Dose", offset=1.0), "no offset"),
    ],
)
def test_what_can_not_be_scored_in_a_zone_is_refused_by_name(wrong: Json, reason: str) -> None:
    project = scene(in_zone(quantity("Dose")), in_zone(wrong, name="wrong"))
    hydrogen = [{"keyword": "Z", "operator": "==", "value": 1}]
    project["scoringManager"]["filters"] += [
        {"uuid": "d", "name": "deuterons", "particle": {"id": 21, "name": "Deuteron"}},
        {"uuid": "h", "name": "hydrogen", "rules": hydrogen},
    ]
    with pytest.raises(Unsupported, match=reason) as refused:
        scoring_cards(project)
    assert refused.value.field == "scoringManager.outputs[1].quantities[0]"


@pytest.mark.parametrize("zone", [None, "nowhere"])
def test_an_output_of_no_zone_is_refused(zone: str | None) -> None:
    project = set_path(scene(in_zone(quantity("Dose"))), "scoringManager.outputs.0.zoneUuid", zone)
    with pytest.raises(InvalidInput) as refused:
        scoring_cards(project)
    assert refused.value.field == "scoringManager.outputs[0].zoneUuid"


def test_results_of_zones_are_per_volume_and_in_mev(tmp_path: Path) -> None:
    install("rfluka", tmp_path / "bin")
    fluka = Fluka(tmp_path / "bin")
    log = {**ENERGY, "isLog": True, "lowerLimit": 1.0}
    project = scene(
        in_zone(
            quantity("Dose"),
            quantity("Fluence", ENERGY, filter=PROTONS),
            quantity("Energy"),
            quantity("Fluence", rescale=2.0, primaries=1e9),
            quantity("Fluence", log, filter=PROTONS),
        )
    )
    (found,) = merged(fluka, fluka.convert(project).files, tmp_path, tmp_path / "kept")
    dose, spectrum, energy, many, logarithmic = found.pages
    value = weighted(factor(1), factor(2))
    # The cube holds 1000 cm3; FLUKA counts in GeV.
    assert (dose.unit, list(dose.values)) == ("MeV/g", pytest.approx([value], rel=1e-6))
    assert (energy.unit, list(energy.values)) == ("MeV", pytest.approx([1000 * value], rel=1e-6))
    assert list(many.values) == pytest.approx([value / 1000 * 2e9], rel=1e-6)
    assert many.errors is not None and many.errors[0] > 1e3
    assert spectrum.unit == "cm-2 MeV-1"
    assert list(spectrum.values[:2]) == pytest.approx([value / 1000, 2 * value / 1000], rel=1e-6)
    (axis,) = spectrum.axes
    assert (axis.name, axis.unit) == ("Kinetic energy", "MeV")
    assert list(axis.values) == pytest.approx([2.5 + 5 * at for at in range(20)], rel=1e-6)
    (axis,) = logarithmic.axes
    assert axis.values[1] / axis.values[0] == pytest.approx(100 ** (1 / 20), rel=1e-5)
    assert [page.name for page in found.pages][:3] == ["My Dose", "My Fluence", "My Energy"]


def zone(*operations: tuple[str, str]) -> Json:
    steps = [{"mode": mode, "objectUuid": uuid} for mode, uuid in operations]
    return {"uuid": "z", "name": "Z", "materialUuid": "water", "unionOperations": [steps]}


@pytest.mark.parametrize(
    ("operations", "expected", "precision"),
    [
        ([("union", "cylinder")], math.pi * (9 - 1) * 6, 1e-12),
        ([("union", "ball")], 4 / 3 * math.pi * 27, 1e-12),
        ([("union", "box"), ("subtraction", "ball")], 1000 - 4 / 3 * math.pi * 27, 1e-9),
        ([("union", "ball"), ("subtraction", "core")], 4 / 3 * math.pi * (27 - 2.99**3), 1e-9),
        ([("union", "turned"), ("union", "sticking out")], 6 * 10 * 10, 1e-9),
        ([("union", "cylinder"), ("intersection", "ball")], math.pi * 4 / 3 * 8**1.5, 1e-4),
        ([("union", "sticking out")], 6 * 10 * 10, 1e-9),
    ],
)
def test_volumes(operations: list[tuple[str, str]], expected: float, precision: float) -> None:
    project = water_box()
    shapes = {
        "cylinder": solid(
            "HollowCylinderGeometry", [0, 0, 0], [30, 0, 0], radius=3, innerRadius=1, depth=6
        ),
        "ball": solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=3),
        "core": solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=2.99),
        "turned": solid("BoxGeometry", [5, 0, 0], [20, 30, 40], width=2, height=3, depth=4),
        "sticking out": solid("BoxGeometry", [5, 0, 0], [0, 0, 0], width=10, height=10, depth=10),
    }
    project["figureManager"]["figures"] += [
        {"uuid": uuid, "name": uuid, "geometryData": shape} for uuid, shape in shapes.items()
    ]
    project["zoneManager"]["zones"] = [zone(*operations)]
    project["detectorManager"]["detectors"] = project["detectorManager"]["detectors"][:1]
    found = zone_volume(read_project(project), 0)
    assert found == pytest.approx(expected, rel=precision)


def test_what_an_earlier_zone_takes_does_not_count() -> None:
    project = water_box()
    ball = solid("SphereGeometry", [0, 0, 0], [0, 0, 0], radius=3)
    project["figureManager"]["figures"].append({"uuid": "b", "name": "b", "geometryData": ball})
    project["zoneManager"]["zones"].insert(0, zone(("union", "b")))
    expected = 1000 - 4 / 3 * math.pi * 27
    assert zone_volume(read_project(project), 1) == pytest.approx(expected, rel=1e-3)


def test_an_empty_zone_has_no_volume() -> None:
    project = water_box()
    project["zoneManager"]["zones"].append(zone(("union", "box")))
    with pytest.raises(InvalidInput, match=r"zones\[1\]: is empty"):
        zone_volume(read_project(project), 1)


def test_names_of_regions_fit_eight_characters_and_differ() -> None:
    names = [region_name(index) for index in (0, 9, 99, 100, 999, 99_999)]
    assert all(len(name) <= 8 for name in names)
    assert len(set(names)) == len(names)
