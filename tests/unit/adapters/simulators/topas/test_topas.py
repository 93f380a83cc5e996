"""TOPAS: projects to parameters, tasks of any parameter file, progress, failures, outputs."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.project.geometry import rotation_matrix
from adapters.simulators.topas.progress import TopasProgress
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import Progress
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled, Unsupported
from tests.locations import ROOT, TESTS
from tests.simulator_stand_ins.installing import install
from tests.simulator_stand_ins.topas import factor
from tests.unit.adapters.simulators.projects import Json, output, set_path, solid, water_box
from tests.unit.adapters.simulators.stand_in_runs import (
    failure_of,
    merged,
    pieces,
    run_task,
    weighted,
)

DATA = TESTS / "data" / "simulators" / "topas"
MINIMAL = (DATA / "input" / "minimal.txt").read_bytes()
LOG = (DATA / "output" / "stdout.txt").read_text()
END = LOG[-2000:]


def mesh_box(**beam: Any) -> Json:
    """Return a water box scored in its mesh only."""
    project = water_box(**beam)
    project["scoringManager"]["outputs"] = [output("depth", "mesh", "Dose", "Energy")]
    return project


def convert(project: Json) -> dict[str, str]:
    """Return the parameters of a project without their types."""
    text = Topas(Path("/none")).convert(project).files["topas_sim.txt"].decode()
    found = re.findall(r"^[a-z]+:(\S+) = (.*)$", text, re.MULTILINE)
    assert len(found) == len(dict(found))
    return dict(found)


def test_a_box_of_water_in_its_world() -> None:
    found = convert(mesh_box())
    assert found["Ge/World/HLX"] == "6.0 cm"
    assert (found["Ge/Figure0/Type"], found["Ge/Figure0/Parent"]) == ('"TsBox"', '"World"')
    assert found["Ge/Figure0/Material"] == '"G4_WATER"'
    assert found["So/Beam/BeamParticle"] == '"proton"'
    assert found["So/Beam/BeamEnergy"] == "70.0 MeV"
    assert float(found["So/Beam/BeamEnergySpread"]) == pytest.approx(100 * 0.5 / 70)
    assert found["So/Beam/NumberOfHistoriesInRun"] == "1000"
    assert found["Ge/BeamPosition/TransZ"] == "-5.5 cm"


def test_figures_in_figures_become_components_in_components() -> None:
    found = convert(reference_project())
    assert found["Ge/Figure0_1_0/Parent"] == '"Figure0_1"'
    assert found["Ge/Figure0_1/Material"] == '"G4_Pb"'
    assert found["Ge/Figure0_1_0/Material"] == '"G4_AIR"'
    assert found["Ge/Figure0_1/TransZ"] == "-4.5 cm"
    assert found["Sc/Output1_0/OnlyIncludeParticlesNamed"] == '1 "proton"'
    assert found["Ge/Detector0/RMax"] == "1.0 cm"


def reference_project() -> Json:
    path = ROOT / "examples" / "proton_beam_lead_collimator.json"
    found: Json = json.loads(path.read_text())
    return found


def two_figures(second: Json, rotation: list[float]) -> Json:
    """Return the water box, turned, and a second figure of its own zone."""
    project = mesh_box()
    project["figureManager"]["figures"][0]["geometryData"]["rotation"] = rotation
    parameters = project["figureManager"]["figures"][0]["geometryData"]["parameters"]
    parameters.update(width=4, height=4, depth=4)
    project["figureManager"]["figures"].append(
        {"uuid": "two", "name": "Second", "geometryData": second}
    )
    zones = project["zoneManager"]["zones"]
    steps = [[{"mode": "union", "objectUuid": "two"}]]
    zones.insert(0, {**zones[0], "uuid": "z2", "unionOperations": steps})
    return project


def test_a_turned_figure_in_a_turned_figure_is_placed_as_it_lies_in_the_scene() -> None:
    outer, inner = [10.0, 20.0, 30.0], [-40.0, 50.0, 60.0]
    shape = solid("BoxGeometry", [0.5, 0, -0.5], inner, width=0.5, height=1, depth=0.75)
    found = convert(two_figures(shape, outer))
    frames, places = [], []
    for name in ("Figure0", "Figure0_0"):
        turns = [_value(found.get(f"Ge/{name}/Rot{axis}", "0.0 deg")) for axis in "XYZ"]
        # Geant4 turns the frame: first about x, then y, then z.
        frame = np.eye(3)
        for axis, turn in enumerate(turns):
            angles = [0.0, 0.0, 0.0]
            angles[axis] = turn
            frame = rotation_matrix((angles[0], angles[1], angles[2])) @ frame
        frames.append(frame.T)
        places.append(np.array([_value(found[f"Ge/{name}/Trans{axis}"]) for axis in "XYZ"]))
    assert frames[0] == pytest.approx(rotation_matrix((10.0, 20.0, 30.0)), abs=1e-9)
    assert frames[0] @ frames[1] == pytest.approx(rotation_matrix((-40.0, 50.0, 60.0)), abs=1e-9)
    assert places[0] + frames[0] @ places[1] == pytest.approx([0.5, 0, -0.5], abs=1e-9)


def _value(text: str) -> float:
    return float(text.split()[0])


@pytest.mark.parametrize("direction", [[0, 0, 1], [0, 0, -1], [1, 0, 0], [1, -2, 3], [-1, 2, -3]])
def test_the_beam_flies_where_it_is_aimed(direction: list[float]) -> None:
    found = convert(mesh_box(direction=direction, position=[0, 0, 0]))
    frame = np.eye(3)
    for axis, name in enumerate("XYZ"):
        angles = [0.0, 0.0, 0.0]
        angles[axis] = _value(found.get(f"Ge/BeamPosition/Rot{name}", "0.0 deg"))
        frame = rotation_matrix((angles[0], angles[1], angles[2])) @ frame
    expected = np.array(direction) / np.linalg.norm(direction)
    assert frame.T @ np.array([0, 0, 1]) == pytest.approx(expected, abs=1e-9)


def test_figures_that_cut_each_other_are_refused_by_name() -> None:
    shape = solid("SphereGeometry", [2, 0, 0], [0, 0, 0], radius=1)
    with pytest.raises(Unsupported, match="'Second'"):
        convert(two_figures(shape, [0, 0, 0]))


def test_densities_make_materials_of_their_own() -> None:
    path = "zoneManager.zones.0.materialPropertiesOverrides"
    found = convert(set_path(mesh_box(), path, {"density": 1.05}))
    assert found["Ge/Figure0/Material"] == '"Own0"'
    assert found["Ma/Own0/Density"] == "1.05 g/cm3"
    assert found["Ma/Own0/Components"] == '1 "G4_WATER"'


def test_ions_have_the_energy_of_all_nucleons() -> None:
    found = convert(mesh_box(particle={"id": 25, "a": 12, "z": 6}, energy=100))
    assert found["So/Beam/BeamParticle"] == '"GenericIon(6,12,6)"'
    assert found["So/Beam/BeamEnergy"] == "1200.0 MeV"


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("beam.particle", {"id": 17, "name": "Neutrino"}, "beam.particle"),
        ("beam.divergence", {"x": 0, "y": 0, "distanceToFocal": 9}, "beam.divergence."),
        ("physic", {"enableNuclearReactions": False}, "physic.enableNuclearReactions"),
        ("figureManager.figures.0.type", "Geant4Box", "figureManager.figures[0]"),
        ("zoneManager.zones.0.materialPropertiesOverrides", {"customStoppingPower": True}, "zone"),
        (
            "scoringManager.outputs.0.quantities.0.keyword",
            "dLET",
            "scoringManager.outputs[0].quantities[0]",
        ),
    ],
)
def test_what_topas_lacks_is_refused_by_name(path: str, value: Any, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        convert(set_path(mesh_box(), path, value))
    assert refused.value.field.startswith(field)
    assert "TOPAS" in refused.value.message


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([("Z", "==", 1), ("A", "==", 1)], {"OnlyIncludeParticlesNamed": '1 "proton"'}),
        ([("Z", "==", 6), ("A", "==", 12)], {"OnlyIncludeParticlesNamed": '1 "C12"'}),
        ([("GEN", "==", 0)], {"OnlyIncludeParticlesOfGeneration": '"Primary"'}),
        (
            [("Z", "==", 1), ("A", "==", 1), ("GEN", ">=", 1)],
            {
                "OnlyIncludeParticlesNamed": '1 "proton"',
                "OnlyIncludeParticlesOfGeneration": '"Secondary"',
            },
        ),
        ([("E", ">", 10)], None),
        ([("Z", ">", 1), ("A", "==", 1)], None),
    ],
)
def test_filters(rules: list[tuple[str, str, float]], expected: dict[str, str] | None) -> None:
    project = mesh_box()
    made = [{"keyword": k, "operator": o, "value": v} for k, o, v in rules]
    project["scoringManager"]["filters"] = [{"uuid": "f", "name": "them", "rules": made}]
    project["scoringManager"]["outputs"][0]["quantities"][1]["filter"] = "f"
    if expected is None:
        with pytest.raises(Unsupported, match="'them'"):
            convert(project)
        return
    found = convert(project)
    only = {name.split("/")[-1]: value for name, value in found.items() if "OnlyInclude" in name}
    assert only == expected


def deck(*lines: str) -> dict[str, bytes]:
    return {"a.txt": "\n".join(["# i:So/A/NumberOfHistoriesInRun = 9", *lines, ""]).encode()}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["i:So/Demo/NumberOfHistoriesInRun = 20 # so many"], 20),
        (["I:so/demo/numberofhistoriesinrun\t=\t1e4"], 10_000),
        (["ic:So/Demo/NumberOfHistoriesInRun=50.0"], 50),
        (["i:So/A/NumberOfHistoriesInRun = 30", "i:So/B/NumberOfHistoriesInRun = 10"], 40),
    ],
)
def test_histories_are_read_however_they_are_written(lines: list[str], expected: int) -> None:
    files = deck(*lines)
    topas = Topas(Path("/none"))
    assert topas.total_primaries(files) == expected
    changed = topas.task_files(files, 13, 3)
    assert topas.total_primaries(changed) == 13
    assert changed["a.txt"].decode().splitlines()[-1] == "i:Ts/Seed = 3"


def test_sources_keep_their_shares() -> None:
    files = deck("i:So/A/NumberOfHistoriesInRun = 30", "i:So/B/NumberOfHistoriesInRun = 10")
    text = Topas(Path("/none")).task_files(files, 13, 3)["a.txt"].decode()
    assert re.findall(r"^i:.*HistoriesInRun = (\d+)", text, re.MULTILINE) == ["10", "3"]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["i:So/A/NumberOfHistoriesInRun = 5"] * 2, "a.txt line 3"),
        (["i:So/A/NumberOfHistoriesInRun = So/B/N * 2"], "not an expression: a.txt line 2"),
        (["i:So/A/NumberOfHistoriesInRun = 0"], "must be 1 to"),
        (["i:Ts/Seed = 1"], "no source"),
        (["nothing"], "needs a parameter file"),
    ],
)
def test_input_that_says_no_number_is_shown(lines: list[str], shown: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Topas(Path("/none")).total_primaries(deck(*lines))
    assert shown in str(refused.value)


def test_the_main_file_counts_before_those_it_includes(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    files = {
        "b.txt": b"i:So/A/NumberOfHistoriesInRun = 5\ni:Ts/Seed = 8\n",
        "a.txt": b"includeFile = b.txt\ni:So/A/NumberOfHistoriesInRun = 7",
    }
    topas = Topas(tmp_path / "bin")
    assert topas.total_primaries(files) == 7
    changed = topas.task_files(files, 2, 3)
    assert changed["b.txt"] == b"i:So/A/NumberOfHistoriesInRun = 5\ni:Ts/Seed = 3\n"
    assert changed["a.txt"] == b"includeFile = b.txt\ni:So/A/NumberOfHistoriesInRun = 2"
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert topas.command(tmp_path, 1).argv == [str(tmp_path / "bin" / "topas"), "./a.txt"]


def test_a_task_changes_two_numbers_and_nothing_else() -> None:
    before = MINIMAL.replace(b"GENERAL", b"G\xe9N\xe9RAL")
    after = Topas(Path("/none")).task_files({"m.txt": before, "x": b"y"}, 7, 3)
    changed = [
        (old, new)
        for old, new in zip(before.split(b"\n"), after["m.txt"].split(b"\n"), strict=True)
        if old != new
    ]
    assert changed == [
        (b"i:Ts/Seed = 1\r", b"i:Ts/Seed = 3\r"),
        (b"i:So/Demo/NumberOfHistoriesInRun = 20\r", b"i:So/Demo/NumberOfHistoriesInRun = 7\r"),
    ]


@settings(deadline=None)
@given(st.integers(1, 10**12))
def test_seeds_stay_in_their_range(seed: int) -> None:
    text = Topas(Path("/none")).task_files({"m.txt": MINIMAL}, 1, seed)["m.txt"].decode()
    (found,) = re.findall(r"^i:Ts/Seed = (\d+)", text, re.MULTILINE)
    assert 0 < int(found) < 2**31


def told(log: str, sizes: list[int]) -> list[Progress]:
    clock = iter(float(tick) for tick in range(100_000))
    parser = TopasProgress(20, lambda: next(clock))
    return [found for piece in pieces(log, sizes) if (found := parser.feed(piece))]


def test_the_log_tells_progress_and_remaining_time() -> None:
    lines = "G4WT6 > Begin processing for Run: 0, History: 5\nnoise History: 9\n"
    later = (
        "Begin processing for Run: 0, History: 3\nG4WT0 > Begin processing for Run: 0, History: 10"
    )
    assert told(lines + later + "\n", [4000]) == [Progress(10, 1)]
    assert told(lines, [1]) == [Progress(5, 3)]
    assert told(LOG, [1 << 20]) == [Progress(20, 0)]


@settings(deadline=None)
@given(st.lists(st.integers(1, 900), min_size=1), st.integers(0, len(END)))
def test_logs_come_in_pieces_and_may_end_anywhere(sizes: list[int], end: int) -> None:
    found = [item.simulated_primaries for item in told(END[:end], sizes)]
    whole = [item.simulated_primaries for item in told(END[:end], [1 << 20])]
    assert found[-1:] == whole[-1:]
    assert found == sorted(found)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    TopasProgress(10, lambda: 0.0).feed(text + "\n")


@pytest.mark.parametrize(
    ("ending", "reason", "last"),
    [
        ("crash", "ended with exit code 3", "G4Exception-START"),
        ("segfault", "crashed (SIGSEGV)", "Begin processing"),
        ("killed", "was killed", "Begin processing"),
        ("nothing", "wrote no results", "run sequence complete"),
    ],
)
def test_failures_are_told_apart(tmp_path: Path, ending: str, reason: str, last: str) -> None:
    install("topas", tmp_path / "bin", ending=ending)
    topas = Topas(tmp_path / "bin")
    done = run_task(topas, {"m.txt": MINIMAL}, tmp_path / "task", 1)
    message = failure_of(topas, done)
    assert reason in message
    assert last in message


def test_bad_input_is_told_as_such(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    topas = Topas(tmp_path / "bin")
    broken = MINIMAL.replace(b'Parent="World"', b'Parent="Nowhere"')
    done = run_task(topas, {"m.txt": broken}, tmp_path / "task", 1)
    assert "refused its input (TOPAS is exiting due to a serious error" in failure_of(topas, done)


def test_it_says_when_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SimulatorNotInstalled, match="topas"):
        Topas(tmp_path).command(tmp_path, 1)


def test_outputs_of_a_project_bear_its_names_and_places(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    topas = Topas(tmp_path / "bin")
    project = mesh_box()
    project["scoringManager"]["outputs"] = [
        output("dose2", "mesh", "Fluence"), output("dose", "mesh", "Dose", "Energy"),
    ]  # fmt: skip
    found = merged(topas, topas.convert(project).files, tmp_path, tmp_path / "kept")
    assert [item.name for item in found] == ["dose2", "dose"]
    assert [page.name for page in found[1].pages] == ["My Dose", "My Energy"]
    assert [page.unit for page in found[1].pages] == ["Gy", "MeV"]
    page = found[1].pages[0]
    value = weighted(factor(1), factor(2))
    assert page.values[0] == pytest.approx(value)
    assert page.values[1] == pytest.approx(2 * value)
    shape = project["detectorManager"]["detectors"][0]["geometryData"]
    for axis in page.axes:
        side = {"X": "width", "Y": "height", "Z": "depth"}[axis.name[-2]]
        place = shape["position"]["XYZ".index(axis.name[-2])]
        width = shape["parameters"][side] / len(axis.values)
        first = place - shape["parameters"][side] / 2 + width / 2
        assert axis.values[0] == pytest.approx(first, abs=1e-6)
        assert axis.unit == "cm"


def test_outputs_of_files_bear_theirs(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin")
    found = merged(Topas(tmp_path / "bin"), {"minimal.txt": MINIMAL}, tmp_path, tmp_path / "kept")
    assert [item.name for item in found] == [
        "fluence_bp_protons_xy.csv", "fluence_bp_protons_xy2.csv",
    ]  # fmt: skip
    value = 0.001777777777777778 * weighted(factor(1), factor(2))
    # The fourth row of the recorded file is x 0, y 3.
    assert found[0].pages[0].values[12] == pytest.approx(value / 2)
    assert found[0].pages[0].values[0] == pytest.approx(value)


def test_half_a_file_is_no_result(tmp_path: Path) -> None:
    install("topas", tmp_path / "bin", ending="half")
    with pytest.raises(SimulationFailed, match=r"fluence_bp_protons_xy\.csv"):
        merged(Topas(tmp_path / "bin"), {"m.txt": MINIMAL}, tmp_path, tmp_path / "kept")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ('sv:Sc/Other/Report = 1 "Max"', "Sc/Other/Report"),
        ('sv:Sc/Other/Report = 1 "Mean"\ns:Sc/Other/OutputType = "binary"', "Sc/Other/OutputType"),
    ],
)
def test_a_scorer_that_could_not_be_read_is_refused_not_dropped(line: str, field: str) -> None:
    text = (TESTS / "data/simulators/topas/input/minimal.txt").read_text()
    mixed = f'{text}\ns:Sc/Other/Quantity = "DoseToMedium"\n{line}\n'
    topas = Topas(Path("nowhere"))
    assert topas.total_primaries({"minimal.txt": text.encode()}) > 0
    with pytest.raises(InvalidInput) as refused:
        topas.total_primaries({"minimal.txt": mixed.encode()})
    assert refused.value.field == field
