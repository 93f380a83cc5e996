"""Projects become the input files of SHIELD-HIT12A, or are refused by the name of the element."""

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.simulators.project.reading import read_project
from adapters.simulators.project.scene import OUTSIDE, WORLD, zone_numbers
from adapters.simulators.project.spot import polar_angles
from adapters.simulators.scored_output.plan import read_plan
from adapters.simulators.shieldhit import input_files
from adapters.simulators.shieldhit.numbers import column, plain, word
from adapters.simulators.shieldhit.simulator import ShieldHit
from application.ports.simulator import Conversion
from domain.errors import InvalidInput, Unsupported
from tests.locations import TESTS
from tests.unit.adapters.simulators.projects import (
    Json,
    detector,
    output,
    set_path,
    solid,
    water_box,
)

DATA = TESTS / "data" / "simulators" / "shieldhit"
REFERENCE = json.loads((DATA / "project_with_input_files.json").read_text())["input"]
SUBMISSION = json.loads((DATA / "submission_of_files.json").read_text())


@pytest.fixture
def shieldhit(tmp_path: Path) -> ShieldHit:
    return ShieldHit(tmp_path)


def convert(project: Json, **options: Any) -> Conversion:
    return ShieldHit(Path("/nowhere")).convert(project, **options)


def text(conversion: Conversion, name: str) -> str:
    return conversion.files[name].decode()


def words(content: str) -> list[list[str]]:
    """Return the lines of a file without comments and white space."""
    lines = (line.split("!")[0].split() for line in content.splitlines())
    return [line for line in lines if line and not line[0].startswith("*")]


@pytest.mark.parametrize("name", ["beam.dat", "geo.dat", "mat.dat", "detect.dat"])
def test_the_example_becomes_the_files_of_the_reference(name: str) -> None:
    # The reference was written with the primaries of one of 15 tasks.
    project = {**REFERENCE["inputJson"]}
    project["beam"] = {**project["beam"], "numberOfParticles": 666}
    assert words(text(convert(project), name)) == words(REFERENCE["inputFiles"][name])


def test_a_plan_leads_the_outputs_back_to_the_project() -> None:
    plan = read_plan(convert(REFERENCE["inputJson"]).files["outputs.json"])
    assert [item.name for item in plan.outputs] == ["z_profile", "yz_profile", "entrance", "peak"]
    last = plan.outputs[2].pages[6]
    assert (last.name, last.file, last.number) == ("ProtonsKineticEnergySpectrum", "entrance", 6)
    assert last.told == {"filter": "Protons", "geometry": "EntrySlab"}


def lines_of(project: Json, name: str, keyword: str) -> list[str]:
    found = [line for line in words(text(convert(project), name)) if line[0] == keyword]
    return [" ".join(line[1:]) for line in found]


@pytest.mark.parametrize(
    ("changes", "keyword", "expected"),
    [
        ({"sigma": {"type": "Gaussian", "x": 0.5, "y": 1}}, "BEAMSIGMA", ["0.5 1"]),
        ({"sigma": {"type": "Flat square", "x": 0.5, "y": 1}}, "BEAMSIGMA", ["-0.5 -1"]),
        ({"sigma": {"type": "Flat circular", "x": 0, "y": 3}}, "BEAMSIGMA", ["1 -3"]),
        ({"sad": {"type": "single", "x": 200, "y": 0}}, "BEAMSAD", ["200"]),
        ({"sad": {"type": "double", "x": 200, "y": 180}}, "BEAMSAD", ["200 180"]),
        ({}, "BEAMSAD", []),
        ({"divergence": {"x": 3, "y": 4, "distanceToFocal": 50}}, "BEAMDIV", ["3 4 50"]),
        ({"particle": {"id": 25, "a": 12, "z": 6}}, "HIPROJ", ["12 6"]),
        ({"particle": {"id": 25, "a": 12, "z": 6}}, "JPART0", ["25"]),
        ({"direction": [1, 0, 0]}, "BEAMDIR", ["90.0 0.0"]),
        ({"direction": [0, -1, 0]}, "BEAMDIR", ["90.0 270.0"]),
        ({"energyLowCutoff": 2, "energyHighCutoff": 90.5}, "TCUT0", ["2 90.5"]),
        (
            {"energy": 1200, "energyUnit": "MeV", "particle": {"id": 25, "a": 12, "z": 6}},
            "TMAX0",
            ["100.0 0.04166666667"],
        ),
        ({"energy": 100, "particle": {"id": 24, "name": "Alpha"}}, "TMAX0", ["100.0 0.5"]),
    ],
)
def test_beams(changes: Json, keyword: str, expected: list[str]) -> None:
    assert lines_of(water_box(**changes), "beam.dat", keyword) == expected


@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: math.hypot(*v) > 1e-3))
def test_directions_are_those_of_the_angles(vector: tuple[float, float, float]) -> None:
    theta, phi = (math.radians(angle) for angle in polar_angles(vector))
    back = (
        math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta),
    )  # fmt: skip
    assert back == pytest.approx(np.array(vector) / math.hypot(*vector), abs=1e-6)


def test_a_source_file_goes_along() -> None:
    beam = {"sourceType": "file", "sourceFile": {"name": "my plan.txt", "value": "1 2 3\n"}}
    found = convert(water_box(**beam))
    assert found.files["sobp.dat"] == b"1 2 3\n"
    assert lines_of(water_box(**beam), "beam.dat", "USECBEAM") == ["sobp.dat"]


def test_a_modulator_goes_along() -> None:
    project = water_box()
    project["specialComponentsManager"] = {
        "type": "SpecialComponentManager",
        "modulator": {
            "geometryData": {"parameters": {"zoneUuid": "water-zone"}},
            "sourceFile": {"name": "wheel.dat", "value": "9 8 7"},
            "simulationMethod": "sampling",
        },
    }
    assert convert(project).files["wheel.dat"] == b"9 8 7"
    assert lines_of(project, "beam.dat", "USEBMOD") == ["1 wheel.dat"]
    assert lines_of(project, "beam.dat", "BMODMC") == ["1"]


def test_figures_turned_and_hollow_become_bodies() -> None:
    project = water_box()
    project["figureManager"]["figures"] += [
        {"uuid": "ball", "geometryData": solid("SphereGeometry", [1, 2, 3], [0, 0, 0], radius=2)},
        {
            "uuid": "pipe",
            "geometryData": solid(
                "HollowCylinderGeometry", [0, 0, 0], [0, 90, 0], radius=2, innerRadius=1, depth=4
            ),
        },
    ]
    steps = [
        {"mode": "union", "objectUuid": "pipe"}, {"mode": "subtraction", "objectUuid": "ball"},
    ]  # fmt: skip
    project["zoneManager"]["zones"].append(
        {"uuid": "z2", "materialUuid": "lead", "unionOperations": [steps]}
    )
    project["zoneManager"]["zones"][0]["unionOperations"] = [
        [{"mode": "union", "objectUuid": "box"}, {"mode": "subtraction", "objectUuid": "pipe"}]
    ]
    geo = text(convert(project), "geo.dat")
    assert "  SPH    2       1.0       2.0       3.0       2.0" in geo
    # A cylinder along z turned by 90 degrees about y lies along x.
    assert "  RCC    3      -2.0       0.0       0.0       4.0       0.0       0.0" in geo
    assert "  001          +1     -3OR   +1     +4" in geo
    assert "  002          +3     -4     -2" in geo


def test_a_world_that_is_no_black_hole_is_wrapped_into_one() -> None:
    rows = words(text(convert(water_box()), "geo.dat"))
    assert rows[-2:] == [["1", "2", "3"], ["1", "1000", "0"]]
    boxes = [row for row in rows if row[0] == "BOX"]
    assert boxes[-1][2:5] == ["-7.0", "-7.0", "-7.0"]


def test_materials_with_overrides_get_a_medium_of_their_own() -> None:
    project = water_box()
    zone = project["zoneManager"]["zones"][0]
    copied = {"uuid": "own", "name": "WATER", "icru": 276, "density": 1}
    zone.update(
        materialUuid="own", customMaterial=copied,
        materialPropertiesOverrides={"density": 1.25, "customStoppingPower": True},
    )  # fmt: skip
    project["physic"] = {
        "availableStoppingPowerFiles": {"276": {"name": "Water.txt", "content": "1 2"}}
    }
    found = convert(project)
    assert "MEDIUM 4\nICRU 276\nRHO 1.25\nLOADDEDX\nEND\n" in text(found, "mat.dat")
    assert found.files["Water.txt"] == b"1 2"
    assert words(text(found, "geo.dat"))[-1] == ["4", "1000", "0"]


def test_all_kinds_of_detectors_filters_and_settings() -> None:
    project = water_box()
    project["scoringManager"]["filters"] = [
        {
            "uuid": "f",
            "name": "my filter",
            "rules": [{"keyword": "E", "operator": ">", "value": 1.5}],
        }
    ]
    modifiers = [
        {"diffType": "E", "lowerLimit": 0.1, "upperLimit": 100, "binsNumber": 10, "isLog": True},
        {"diffType": "ANGLE", "lowerLimit": 0, "upperLimit": 90, "binsNumber": 5},
    ]
    quantity = {"keyword": "Fluence", "name": "spectrum", "filter": "f", "modifiers": modifiers}
    scaled = {"keyword": "Dose", "name": "in lead", "rescale": 1e-10, "materialUuid": "lead"}
    project["scoringManager"]["outputs"] = [
        {"name": "one", "detectorUuid": "zone", "quantities": [quantity, scaled]},
        output("two", "all", "Energy"),
        output("three", "rings", "dLET"),
    ]
    detect = text(convert(project), "detect.dat")
    for expected in (
        "Geometry Zone\n    Name detector_zone\n    Zone 1\n",
        "Geometry All\n    Name detector_all",
        "    R 0 2 4\n    Z -5 5 1",
        "Filter\n    Name my_filter\n    E > 1.5",
        "Settings\n    Name in_lead\n    Rescale 1e-10\n    Medium 2",
        "    Quantity Fluence my_filter\n    Diff1 0.1 100 10 log\n    Diff1Type E\n"
        "    Diff2 0 90 5\n    Diff2Type ANGLE",
        "    Quantity Dose  in_lead",
    ):
        assert expected in detect


def test_names_become_words_of_their_own() -> None:
    project = water_box()
    names = ["dose", "Dose", "dose 2", "dose_0001", "../../etc", "żółw"]
    project["scoringManager"]["outputs"] = [output(name, "mesh", "Dose") for name in names]
    found = convert(project)
    files = lines_of(project, "detect.dat", "Filename")
    assert files == ["dose.bdo", "Dose-2.bdo", "dose_2.bdo", "dose_0001_.bdo", "etc.bdo", "w.bdo"]
    assert [item.name for item in read_plan(found.files["outputs.json"]).outputs] == names


TURNED = {"geometryType": "Mesh", "position": [0, 0, 0], "rotation": [0, 45, 0], "parameters": {
    "width": 1, "height": 1, "depth": 1, "xSegments": 1, "ySegments": 1, "zSegments": 1}}  # fmt: skip
THREE = detector("m3", "Mesh", [0, 0, 0], width=1, height=1, depth=1,
                 xSegments=2, ySegments=2, zSegments=2)  # fmt: skip
SPECTRUM = {"keyword": "Fluence", "modifiers": [
    {"diffType": "E", "lowerLimit": 0, "upperLimit": 1, "binsNumber": 2}]}  # fmt: skip
BAD_RULE = {"keyword": "COLOUR", "operator": "==", "value": 1}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("beam.particle", {"id": 26, "name": "Electron"}, "beam.particle"),
        ("beam.particle", {"id": 25}, "beam.particle"),
        ("beam.sourceType", "file", "beam.sourceFile.value"),
        ("beam.sad", {"type": "triple"}, "beam.sad.type"),
        ("physic", {"energyModelStraggling": "Landau"}, "physic.energyModelStraggling"),
        ("physic", {"multipleScattering": "none"}, "physic.multipleScattering"),
        ("specialComponentsManager", {"CTCube": {"a": 1}}, "specialComponentsManager.CTCube"),
        ("specialComponentsManager", {"modulator": {"a": 1}}, "specialComponentsManager.modulator"),
        ("figureManager.figures.0.type", "Geant4Box", "figureManager.figures[0]"),
        ("detectorManager.detectors.0.geometryData", TURNED, "scoringManager.outputs[0]"),
        ("detectorManager.detectors.0", {**THREE, "uuid": "mesh"}, None),
        ("scoringManager.outputs.0.trace", True, "scoringManager.outputs[0]"),
        ("scoringManager.outputs.0.quantities.0.keyword", "Beauty\nOutput", "scoringManager"),
        ("scoringManager.outputs.0.quantities.0.modifiers",
         [{"diffType": "X", "lowerLimit": 0, "upperLimit": 1, "binsNumber": 2}], "scoringManager"),
        ("scoringManager.outputs.0.quantities.0.medium", "A\nB", "scoringManager.outputs[0]"),
        ("scoringManager.outputs.0.quantities.0.materialUuid", "none", "scoringManager.outputs[0]"),
        ("scoringManager.filters", [{"uuid": "f", "name": "x", "rules": [BAD_RULE]}],
         "scoringManager.filters[0].rules[0]"),
        ("zoneManager.zones.0.materialPropertiesOverrides", {"customStoppingPower": True},
         "zoneManager.zones[0].materialPropertiesOverrides"),
        ("zoneManager.zones.0.unionOperations",
         [[{"mode": "union", "objectUuid": "box"}, {"mode": "subtraction", "objectUuid": "box"}]],
         "zoneManager.zones[0].unionOperations"),
    ],
)  # fmt: skip
def test_what_it_can_not_do_is_refused_by_name(path: str, value: Any, field: str | None) -> None:
    project = set_path(water_box(), path, value)
    if path == "scoringManager.filters":
        project["scoringManager"]["outputs"][0]["quantities"][0]["filter"] = "f"
    if field is None:
        project["scoringManager"]["outputs"][0]["quantities"] = [SPECTRUM]
        field = "scoringManager.outputs[0].quantities[0]"
    with pytest.raises(InvalidInput) as refused:
        convert(project)
    assert refused.value.field.startswith(field)


def test_what_it_can_not_score_is_left_out_on_request() -> None:
    project = water_box()
    project["scoringManager"]["outputs"].append(output("beauty", "mesh", "Beauty"))
    with pytest.raises(Unsupported):
        convert(project)
    found = convert(project, skip_unsupported=True)
    assert len(found.left_out) == 1 and "Beauty" in found.left_out[0]
    assert "beauty" not in text(found, "detect.dat")


# Geometry: the zones in geo.dat are the zones of the scene, checked point by point.

FIGURES = ("box", "ball", "pipe")
modes = st.sampled_from(["union", "intersection", "subtraction"])
operations = st.lists(
    st.builds(lambda m, u: {"mode": m, "objectUuid": u}, modes, st.sampled_from(FIGURES)),
    max_size=3,
).map(lambda rest: [{"mode": "union", "objectUuid": "box"}, *rest])


def scene(first: list[Json], second: list[Json]) -> Json:
    project = water_box()
    project["figureManager"]["figures"] += [
        {"uuid": "ball", "geometryData": solid("SphereGeometry", [2, 1, 0], [0, 0, 0], radius=4.5)},
        {
            "uuid": "pipe",
            "geometryData": solid(
                "HollowCylinderGeometry",
                [-1, 0, 0],
                [20, 40, 60],
                radius=3,
                innerRadius=1.5,
                depth=9,
            ),
        },
    ]
    zone = project["zoneManager"]["zones"][0]
    zone["unionOperations"] = [first, second]
    return project


def zone_of(geo: str, point: tuple[float, float, float]) -> int:
    """Return the first zone of geo.dat that a point is in, from 1; 0 for none."""
    rows = words(geo)[1:]
    ends = [index for index, row in enumerate(rows) if row == ["END"]]
    bodies: list[tuple[str, list[float]]] = []
    for row in rows[: ends[0]]:
        if row[0].isalpha():
            bodies.append((row[0], [float(value) for value in row[2:]]))
        else:
            bodies[-1][1].extend(float(value) for value in row)
    inside = [_inside(kind, np.array(values), np.array(point)) for kind, values in bodies]
    for row in rows[ends[0] + 1 : ends[1]]:
        terms = "  ".join(row[1:]).split("OR")
        if any(
            all(inside[abs(int(b)) - 1] == (int(b) > 0) for b in term.split()) for term in terms
        ):
            return int(row[0])
    return 0


def _inside(kind: str, values: Any, point: Any) -> bool:
    if kind == "SPH":
        return bool(np.linalg.norm(point - values[:3]) <= values[3])
    if kind == "BOX":
        edges = values[3:].reshape(3, 3)
        along = [(point - values[:3]) @ edge / (edge @ edge) for edge in edges]
        return all(0 <= value <= 1 for value in along)
    axis, away = values[3:6], point - values[:3]
    along = away @ axis / (axis @ axis)
    return bool(0 <= along <= 1 and np.linalg.norm(away - along * axis) <= values[6])


@settings(max_examples=40, deadline=None)
@given(
    operations,
    operations,
    st.lists(st.tuples(*[st.floats(-5.9, 5.9)] * 3), min_size=5, max_size=20),
)
def test_zones_are_those_of_the_scene(
    first: list[Json], second: list[Json], points: list[tuple[float, float, float]]
) -> None:
    project = scene(first, second)
    try:
        geo = text(convert(project), "geo.dat")
    except Unsupported as error:
        assert "is empty" in str(error)
        return
    expected = zone_numbers(read_project(project), np.array(points).T)
    for point, number in zip(points, expected, strict=True):
        found = zone_of(geo, point)
        assert number != OUTSIDE
        # The world is all zones behind the drawn one but the last, the black hole.
        assert (found == 1) == (number == 0)
        assert (found > 1) == (number == WORLD)


@given(st.floats(-1e5, 1e5))
@example(-0.00023640150030069233)
def test_columns_are_ten_wide_and_read_back(value: float) -> None:
    made = column(value)
    assert len(made) == 10 and made[0] == " "
    assert float(made) == pytest.approx(value, rel=1e-3, abs=1e-9)


@given(st.lists(st.text(max_size=20), max_size=8))
def test_words_are_words_and_differ(texts: list[str]) -> None:
    taken: set[str] = set()
    made = [word(item, taken, "x") for item in texts]
    assert len({item.lower() for item in made}) == len(made)
    for item in made:
        assert item.isascii() and len(item.split()) == 1 and "/" not in item
        assert not item[-4:].isdecimal() or len(item) < 4


def test_numbers_are_plain() -> None:
    assert [plain(value) for value in (15.35 - 0.05, -0.0, 1e6, 0.1)] == [
        "15.3",
        "0",
        "1000000",
        "0.1",
    ]


# Input files as they are.


def files(beam: str = "NSTAT 1000 0\n", **others: str) -> dict[str, bytes]:
    named = {"beam.dat": beam, "geo.dat": "g", "mat.dat": "m", "detect.dat": "d"}
    texts = {**named, **{name.replace("_", "."): content for name, content in others.items()}}
    return {name: content.encode() for name, content in texts.items()}


@pytest.mark.parametrize(
    ("line", "primaries"),
    [
        ("NSTAT 1000 0", 1000),
        ("nstat\t1e4", 10_000),
        ("   NStat\t 1.5E+3\t-1 ! twice NSTAT 7", 1500),
        ("NSTAT 1d3 0", 1000),
        ("NSTAT 2000.0", 2000),
        ("* NSTAT 5\n! NSTAT 6\n# NSTAT 7\nNSTAT 8\r\nTMAX0 150.0 0", 8),
    ],
)
def test_primaries_of_odd_but_legal_files(shieldhit: ShieldHit, line: str, primaries: int) -> None:
    given_files = files(f"RNDSEED 1 ! NSTAT 3\n{line}\nSTRAGG 2\n")
    assert shieldhit.total_primaries(given_files) == primaries
    own = shieldhit.task_files(given_files, 77, 3)
    assert shieldhit.total_primaries(own) == 77
    changed = own["beam.dat"].decode().splitlines()
    before = given_files["beam.dat"].decode().splitlines()
    differing = [pair for pair in zip(before, changed, strict=True) if pair[0] != pair[1]]
    assert len(differing) == 1
    assert differing[0][0].split()[2:] == differing[0][1].split()[2:]
    assert {name: own[name] for name in own if name != "beam.dat"} == {
        name: given_files[name] for name in given_files if name != "beam.dat"
    }


@pytest.mark.parametrize(
    ("beam", "said"),
    [
        ("TMAX0 1", "has no line NSTAT"),
        ("NSTAT 5\nnstat 6", "NSTAT 5; nstat 6"),
        ("NSTAT many", "NSTAT many"),
        ("NSTAT 0 0", "NSTAT 0 0"),
        ("NSTAT -5", "whole number"),
        ("NSTAT 1.5", "whole number"),
        ("NSTAT nan", "whole number"),
        ("NSTAT 1e99", "whole number"),
    ],
)
def test_primaries_that_are_none(shieldhit: ShieldHit, beam: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said) as refused:
        shieldhit.total_primaries(files(beam))
    assert refused.value.field == "beam.dat"


def test_files_that_are_missing_or_lead_elsewhere(shieldhit: ShieldHit) -> None:
    for name in input_files.NEEDED:
        with pytest.raises(InvalidInput, match=name.replace(".", r"\.")):
            shieldhit.total_primaries({k: v for k, v in files().items() if k != name})
    for others in (
        {"beam_dat": "NSTAT 5\nUSECBEAM /etc/passwd"},
        {"beam_dat": "NSTAT 5\nusebmod 2 ../x"},
        {"detect_dat": "Output\n  filename ../../x.bdo"},
        {"mat_dat": "MEDIUM 1\nLOADDEDX /tmp/x"},
    ):
        with pytest.raises(InvalidInput, match="plain file name"):
            shieldhit.total_primaries(
                {**files(), **{k.replace("_", "."): v.encode() for k, v in others.items()}}
            )


def test_the_submission_of_files_is_read(shieldhit: ShieldHit) -> None:
    given_files = {name: content.encode() for name, content in SUBMISSION["input_files"].items()}
    assert shieldhit.total_primaries(given_files) == 10_000
    assert input_files.output_names(given_files) == ["z_profile", "yz_profile", "entrance", "peak"]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    simulator = ShieldHit(Path("/nowhere"))
    beam = b"NSTAT 5\n" + content
    try:
        simulator.total_primaries({**files(), "beam.dat": beam})
    except InvalidInput:
        return
    own = simulator.task_files({**files(), "beam.dat": beam}, 6, 1)["beam.dat"]
    assert own == beam.replace(b"NSTAT 5", b"NSTAT 6", 1)


def test_an_output_of_a_zone_has_a_detector_that_is_the_zone() -> None:
    project = water_box()
    energy = {"diffType": "E", "lowerLimit": 0, "upperLimit": 100, "binsNumber": 10}
    spectrum = {"name": "E", "keyword": "Energy", "modifiers": [energy]}
    project["scoringManager"]["outputs"] = [
        {"name": "w", "scoringType": "ZONE", "zoneUuid": "water-zone", "quantities": [spectrum]}
    ]
    detect = text(convert(project), "detect.dat")
    (name,) = re.findall(r"Geometry Zone\n    Name (Water\S*)\n    Zone 1\n", detect)
    assert f"Filename w.bdo\n    Geo {name}\n    Quantity Energy\n    Diff1 0 100 10" in detect
