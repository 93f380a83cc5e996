"""Geant4: projects to GDML and macro, tasks of any macro, progress, failures, dumped tables."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.geant4.macro import dumped_files
from adapters.simulators.geant4.progress import Geant4Progress
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.geant4.tables import meshes
from adapters.simulators.project.geometry import rotation_matrix
from application.ports.simulator import Progress
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled, Unsupported
from tests.locations import ROOT
from tests.simulator_stand_ins.geant4 import factor
from tests.simulator_stand_ins.installing import install
from tests.unit.adapters.simulators.projects import Json, output, set_path, solid, water_box
from tests.unit.adapters.simulators.stand_in_runs import (
    failure_of,
    merged,
    pieces,
    run_task,
    weighted,
)

REFERENCE = ROOT / "tests" / "data" / "simulators" / "geant4" / "reference"
EXAMPLE = ROOT / "examples" / "proton_pencil_beam_in_water.geant4.json"
LOG = (
    "--> Event 0 starts.\nG4WT1 > --> Event 40 starts with initial seeds (1,2).\n"
    "G4WT0 > --> Event 20 starts.\n--> Event 80 starts.\n Run terminated.\n"
)


def example() -> Json:
    found: Json = json.loads(EXAMPLE.read_text())
    return found


def zones_box() -> Json:
    """Return a water box made of zones, scored in its mesh only."""
    project = water_box()
    project["scoringManager"]["outputs"] = [output("depth", "mesh", "Energy", "Fluence")]
    return project


def convert(project: Json) -> tuple[ElementTree.Element, list[str]]:
    files = Geant4().convert(project).files
    return ElementTree.fromstring(files["geometry.gdml"]), files["run.mac"].decode().splitlines()


def test_the_example_gives_the_reference() -> None:
    files = Geant4().convert(example()).files
    ours = files["geometry.gdml"].decode().replace(" />", "/>")
    assert ours == (REFERENCE / "geometry.gdml").read_text()
    macro = files["run.mac"].decode().splitlines()
    # The reference is silent while it runs.
    macro.remove("/run/printProgress 200")
    assert macro == (REFERENCE / "run.mac").read_text().splitlines()


def test_zones_become_volumes_in_volumes() -> None:
    root, macro = convert(zones_box())
    assert [item.get("name") for item in root.iter("volume")] == ["logicBox", "logicWorld"]
    assert [item.get("ref") for item in root.iter("materialref")] == ["G4_WATER", "G4_Galactic"]
    assert root.find("solids/box[@name='solidBox']").attrib["x"] == "100"  # type: ignore[union-attr]
    assert "/gps/ene/mono 70 MeV" in macro


def test_names_can_hold_anything() -> None:
    project = example()
    child = project["figureManager"]["figures"][0]["children"][0]
    child["name"] = '<a & "b">\n/run/beamOn 9'
    child["children"].append({**child["children"][0], "uuid": "x", "children": []})
    project["detectorManager"]["detectors"][0]["name"] = "a b\n/control/shell ls"
    root, macro = convert(project)
    names = [item.get("name") or "" for item in root.iter("volume")]
    assert len(set(names)) == 4
    assert all(re.fullmatch(r"logic\w+", name) for name in names)
    assert sum("beamOn" in line for line in macro) == 1
    assert not any(line.startswith("/control") for line in macro)
    assert "/score/create/cylinderMesh a_b__control_shell_ls" in macro


def test_figures_are_turned_as_on_the_screen() -> None:
    angles = (10.0, 20.0, 30.0)
    shape = solid("BoxGeometry", [0, 0, 0], list(angles), width=1, height=2, depth=3)
    root, _ = convert(set_path(zones_box(), "figureManager.figures.0.geometryData", shape))
    turn = root.find(".//rotation")
    assert turn is not None
    matrix = np.eye(3)
    for place, axis in enumerate("xyz"):
        own = [0.0, 0.0, 0.0]
        own[place] = float(turn.attrib[axis])
        matrix = rotation_matrix((own[0], own[1], own[2])) @ matrix
    # Geant4 places the inverse.
    assert np.linalg.inv(matrix) == pytest.approx(rotation_matrix(angles))


def test_densities_make_materials_of_their_own() -> None:
    path = "zoneManager.zones.0.materialPropertiesOverrides"
    root, _ = convert(set_path(zones_box(), path, {"density": 1.05}))
    made = root.find("materials/material[@name='G4_WATER_1.05']")
    assert made is not None
    assert made.find("D").attrib["value"] == "1.05"  # type: ignore[union-attr]
    assert made.find("fraction").attrib["ref"] == "G4_WATER"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("beam", "expected"),
    [
        ({"particle": {"id": 25, "a": 12, "z": 6}, "energy": 100}, "/gps/ion 6 12 6 0"),
        ({"particle": {"id": 25, "a": 12, "z": 6}, "energy": 100}, "/gps/ene/mono 1200 MeV"),
        ({"sigma": {"type": "Flat square", "x": 1, "y": 2}}, "/gps/pos/halfx 1 cm"),
        ({"sigma": {"type": "Flat circular", "x": 0, "y": 2}}, "/gps/pos/radius 2 cm"),
        ({"direction": [1, 0, 1]}, "/gps/direction 1 0 1"),
    ],
)
def test_beams(beam: Json, expected: str) -> None:
    project = zones_box()
    project["beam"].update(beam)
    assert expected in convert(project)[1]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("beam.particle", {"id": 17, "name": "Neutrino"}, "beam.particle"),
        ("beam.divergence", {"x": 1, "y": 1, "distanceToFocal": 0}, "beam.divergence"),
        ("physic", {"enableNuclearReactions": False}, "physic.enableNuclearReactions"),
        (
            "scoringManager.outputs.0.quantities.0.keyword",
            "dLET",
            "scoringManager.outputs[0].quantities[0]",
        ),
    ],
)
def test_what_geant4_lacks_is_refused_by_name(path: str, value: Any, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        convert(set_path(zones_box(), path, value))
    assert refused.value.field == field
    assert "Geant4" in refused.value.message


def test_a_volume_without_material_is_named() -> None:
    project = example()
    del project["figureManager"]["figures"][0]["children"][0]["simulationMaterial"]
    with pytest.raises(InvalidInput, match=r"figures\[0\]\.children\[0\]\.simulationMaterial"):
        convert(project)


def deck(*lines: str) -> dict[str, bytes]:
    macro = "\n".join(["# /run/beamOn 5", *lines, ""]).encode()
    return {"g.gdml": b"<gdml/>", "a.mac": macro}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("/run/beamOn 20 # so many", 20),
        ("  /RUN/BEAMON\t1e4", 10_000),
        ("/run/beamon 50000.0", 50_000),
    ],
)
def test_primaries_are_read_however_they_are_written(line: str, expected: int) -> None:
    files = deck(line)
    assert Geant4().total_primaries(files) == expected
    changed = Geant4().task_files(files, 13, 3)
    assert Geant4().total_primaries(changed) == 13
    assert changed["a.mac"].decode().splitlines()[1] == "/random/setSeeds 3 1000006"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["/run/beamOn 5", "/run/beamOn 6"], "line 3: '/run/beamOn 6'"),
        (["/run/beamOn {n}"], "not a whole number: a.mac line 2"),
        (["/run/beamOn 0"], "must be 1 to"),
        ([], "one /run/beamOn is needed"),
    ],
)
def test_input_that_says_no_number_is_shown(lines: list[str], shown: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Geant4().total_primaries(deck(*lines))
    assert shown in str(refused.value)


def test_macros_that_are_executed_belong_to_the_one_that_is_run(tmp_path: Path) -> None:
    files = {
        "g.gdml": b"<gdml/>",
        "main.mac": b"/control/execute ./mesh.mac\n/control/execute gone.mac\n"
        b"/control/execute run.mac\n/score/dumpQuantityToFile m q out.txt\n",
        "mesh.mac": b"/score/create/boxMesh m\n/score/mesh/boxSize 1 1 1 cm\n"
        b"/score/mesh/nBin 1 1 4\n/score/dumpQuantityToFile m q first.txt\n",
        "run.mac": b"/random/setSeeds 1 2\n/run/beamOn 50\n",
        "vis.mac": b"# /run/beamOn 9\n/vis/open\n",
    }
    assert Geant4().total_primaries(files) == 50
    changed = Geant4().task_files(files, 7, 3)
    assert changed["run.mac"] == b"/random/setSeeds 3 1000006\n/run/beamOn 7\n"
    assert {name for name in files if changed[name] != files[name]} == {"run.mac"}
    assert dumped_files(files) == ["first.txt", "out.txt"]
    assert meshes(files)["m"].bins == {"X": 1, "Y": 1, "Z": 4}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    executable = install("geant4_app", tmp_path / "bin")
    assert Geant4(str(executable)).command(tmp_path, 1).argv[1:] == ["./g.gdml", "./main.mac"]


def test_macros_that_execute_each_other_in_a_circle_come_to_an_end() -> None:
    files = {
        "g.gdml": b"<gdml/>",
        "a.mac": b"/control/execute b.mac\n",
        "b.mac": b"/control/execute a.mac\n/run/beamOn 5\n",
    }
    assert Geant4().total_primaries(files) == 5


def test_seeds_that_are_missing_go_before_the_run_wherever_it_is_started() -> None:
    files = {
        "g.gdml": b"<gdml/>",
        "a.mac": b"/control/execute b.mac",
        "b.mac": b"/gps/verbose 0\n/run/beamOn 5",
    }
    changed = Geant4().task_files(files, 2, 1)
    assert changed["b.mac"] == b"/gps/verbose 0\n/random/setSeeds 1 1000004\n/run/beamOn 2"
    assert changed["a.mac"] == files["a.mac"]


def test_a_geometry_is_needed() -> None:
    with pytest.raises(InvalidInput, match=r"one \.gdml file: none"):
        Geant4().total_primaries({"a.mac": b"/run/beamOn 5"})


@settings(deadline=None)
@given(st.integers(1, 10**12))
def test_a_task_changes_its_numbers_and_nothing_else(seed: int) -> None:
    before = "\r\n".join(["/random/setSeeds 1 2 # x", "/gps/verbose 0", "/run/beamOn 9"]).encode()
    after = Geant4().task_files({"g.gdml": b"", "a.mac": before}, 7, seed)["a.mac"].decode()
    found = re.fullmatch(
        r"/random/setSeeds (\d+) (\d+) # x\r\n/gps/verbose 0\r\n/run/beamOn 7", after
    )
    assert found is not None
    first, second = int(found[1]), int(found[2])
    assert 0 < first < 2**31
    assert 0 < second < 2**31
    assert first != second


def test_the_command_is_split_without_a_shell(tmp_path: Path) -> None:
    executable = install("geant4_app", tmp_path / "a site's bin")
    for name, content in Geant4().convert(example()).files.items():
        (tmp_path / name).write_bytes(content)
    plain = Geant4(f'"{executable}"')
    assert plain.command(tmp_path, 1).argv == [str(executable), "./geometry.gdml", "./run.mac"]
    chosen = Geant4(f'"{executable}" -m {{macro}} "; rm x" -g {{geometry}}')
    assert chosen.command(tmp_path, 1).argv == [
        str(executable), "-m", "./run.mac", "; rm x", "-g", "./geometry.gdml",
    ]  # fmt: skip


@pytest.mark.parametrize("command", ["", "/nowhere/app"])
def test_it_says_when_it_is_not_installed(tmp_path: Path, command: str) -> None:
    assert Geant4(command).find() is None
    with pytest.raises(SimulatorNotInstalled, match="GEANT4_COMMAND"):
        Geant4(command).command(tmp_path, 1)


def told(log: str, sizes: list[int]) -> list[Progress]:
    clock = iter(float(tick) for tick in range(100_000))
    parser = Geant4Progress(100, lambda: next(clock))
    return [found for piece in pieces(log, sizes) if (found := parser.feed(piece))]


def test_the_log_tells_progress_and_remaining_time() -> None:
    assert told(LOG, [1]) == [Progress(0), Progress(40, 3), Progress(40, 4), Progress(80, 1)]


@settings(deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1), st.integers(0, len(LOG)))
def test_logs_come_in_pieces_and_may_end_anywhere(sizes: list[int], end: int) -> None:
    found = [item.simulated_primaries for item in told(LOG[:end], sizes)]
    whole = [item.simulated_primaries for item in told(LOG[:end], [10_000])]
    assert found[-1:] == whole[-1:]
    assert found == sorted(found)


def standing_in(tmp_path: Path, **behaviour: Any) -> Geant4:
    return Geant4(str(install("geant4_app", tmp_path / "bin", **behaviour)))


@pytest.mark.parametrize(
    ("ending", "reason", "last"),
    [
        ("crash", "ended with exit code 3", "Fatal Exception"),
        ("segfault", "crashed (SIGSEGV)", "--> Event"),
        ("killed", "was killed", "--> Event"),
        ("nothing", "wrote no results (CylZ_Mesh_Dose.txt", "Run terminated"),
    ],
)
def test_failures_are_told_apart(tmp_path: Path, ending: str, reason: str, last: str) -> None:
    geant4 = standing_in(tmp_path, ending=ending)
    done = run_task(geant4, geant4.convert(example()).files, tmp_path / "task", 1)
    message = failure_of(geant4, done)
    assert reason in message
    assert last in message


def test_bad_input_is_told_as_such(tmp_path: Path) -> None:
    geant4 = standing_in(tmp_path)
    files = {**geant4.convert(example()).files}
    files["run.mac"] = files["run.mac"].replace(b"/gps/direction", b"/gsp/direction")
    done = run_task(geant4, files, tmp_path / "task", 1)
    assert "refused its input (***** COMMAND NOT FOUND" in failure_of(geant4, done)


def test_outputs_are_those_of_the_reference(tmp_path: Path) -> None:
    geant4 = standing_in(tmp_path)
    found = merged(geant4, geant4.convert(example()).files, tmp_path, tmp_path / "kept")
    expected = json.loads((REFERENCE / "pages.json").read_text())
    assert [item.name for item in found] == [item["name"] for item in expected]
    for item, reference in zip(found, expected, strict=True):
        assert [page.name for page in item.pages] == [page["name"] for page in reference["pages"]]
        for page, told_page in zip(item.pages, reference["pages"], strict=True):
            assert page.unit == told_page["unit"]
            assert [(axis.name, axis.unit, len(axis.values)) for axis in page.axes] == [
                (name, unit, count) for name, unit, _, _, count in told_page["axes"]
            ]
    # In the reference axes begin half a bin too early; a detector's own edges are right here.
    dose = found[0].pages[0]
    assert dose.axes[0].values[0] == pytest.approx(-10.5 + 0.025)
    assert dose.axes[0].values[-1] == pytest.approx(9.5 - 0.025)
    value = weighted(factor(1), factor(2))
    assert list(dose.values[:3]) == pytest.approx([value, 2 * value, 3 * value])
    slab = found[1].pages[0]
    # First axis y, second z: y runs fastest.
    assert slab.values[100] == pytest.approx(2 * value)
    assert slab.values[101] == pytest.approx(3 * value)


def test_outputs_of_files_are_named_after_what_is_dumped(tmp_path: Path) -> None:
    geant4 = standing_in(tmp_path)
    files = {
        name: text for name, text in geant4.convert(zones_box()).files.items() if "j" not in name
    }
    found = merged(geant4, files, tmp_path, tmp_path / "kept")
    assert [item.name for item in found] == [
        "detector_mesh_My_Energy.txt", "detector_mesh_My_Fluence.txt",
    ]  # fmt: skip


def test_half_a_file_is_no_result(tmp_path: Path) -> None:
    geant4 = standing_in(tmp_path, ending="half")
    with pytest.raises(SimulationFailed, match="not written to its end"):
        merged(geant4, geant4.convert(example()).files, tmp_path, tmp_path / "kept")
