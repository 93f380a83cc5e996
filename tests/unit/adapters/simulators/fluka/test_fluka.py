"""FLUKA: projects to cards, tasks of any input, progress, failures, outputs by their units."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.fluka.cards import card, number
from adapters.simulators.fluka.progress import FlukaProgress
from adapters.simulators.fluka.simulator import Fluka
from application.ports.simulator import Progress
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled, Unsupported
from tests.locations import ROOT, TESTS
from tests.simulator_stand_ins.fluka import factor
from tests.simulator_stand_ins.installing import install
from tests.unit.adapters.simulators.projects import Json, output, set_path, solid, water_box
from tests.unit.adapters.simulators.stand_in_runs import (
    failure_of,
    merged,
    pieces,
    run_task,
    weighted,
)

DATA = TESTS / "data" / "simulators" / "fluka"
MINIMAL = (DATA / "input" / "minimal.inp").read_bytes()
SEEDS = (
    " NEXT SEEDS:       0       0       0       0       0       0  181CD  3039       0       0\n"
)
LOG = (
    " 1.0 2.0 3.0 4.0 5.0 6.0\n"
    + SEEDS
    + "          1             99             99         1.2000000E-01         1.0000000E+30     0\n"
    + SEEDS
    + "         50             50             50         1.0000000E-01         1.0000000E+30     7\n"
    + SEEDS
    + " All cases handled by Feeder\n * ====== End of FLUKA run ====== *\n"
)


def convert(project: Json, **options: bool) -> str:
    return Fluka(Path("/none")).convert(project, **options).files["fl_sim.inp"].decode()


def cards(text: str, keyword: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(keyword)]


def mesh_box() -> Json:
    """Return a water box scored in its mesh only."""
    project = water_box()
    project["scoringManager"]["outputs"] = [output("depth", "mesh", "Dose", "Energy")]
    return project


def test_the_example_gives_the_cards_of_the_reference() -> None:
    text = convert(reference_project())
    reference = (DATA / "reference" / "fl_sim.inp").read_text()
    ours, theirs = significant(text), significant(reference)
    # The reference loses the beam's energy spread, and the world, which it takes from elsewhere.
    different = ("BEAM ", "RPP figworld", "RPP figbound", "START", "ASSIGNMA WATER world")
    assert [line for line in theirs if not line.startswith(different)] == [
        line for line in ours if not line.startswith((*different, "ASSIGNMA AIR world"))
    ]
    # dp = dT (T + m) / p, FWHM; 70 MeV protons of 0.7 MeV.
    assert cards(text, "BEAM ") == [
        "BEAM           -0.07-0.0045025       0.0       3.0       0.0      -1.0PROTON"
    ]
    assert "RPP figworld -5.5 +5.5 -5.5 +5.5 -6.6 +6.6" in text.splitlines()
    assert cards(text, "START") == ["START       100000.0"]


def reference_project() -> Json:
    path = ROOT / "examples" / "proton_beam_lead_collimator.json"
    found: Json = json.loads(path.read_text())
    return found


def significant(text: str) -> list[str]:
    """Return what FLUKA reads: cards without comments, their words apart by one blank."""
    joined = text.replace("+0.0 +0.0\n+1.0", "+0.0 +0.0 +1.0")
    lines = (" ".join(line.split()) for line in joined.splitlines() if line[:1] != "*")
    return [line for line in lines if line]


@settings(deadline=None)
@given(st.floats(-1e9, 1e9))
def test_numbers_fit_a_field_and_keep_what_it_has_room_for(value: float) -> None:
    text = number(value)
    assert len(text) <= 10
    assert "." in text
    assert float(text) == pytest.approx(value, rel=1e-2 if abs(value) < 1e-9 else 1e-3)


def test_fields_stay_in_their_columns() -> None:
    line = card("USRBIN", [10.0, "DOSE", -21.0, 1 / 3, -1e-7, 123456.789], "a name")
    assert [line[10 * at : 10 * at + 10].strip() for at in range(8)] == [
        "USRBIN", "10.0", "DOSE", "-21.0", number(1 / 3), number(-1e-7),
        "123456.789", "a name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("beam", "expected"),
    [
        (
            {"particle": {"id": 25, "a": 12, "z": 6}, "energy": 200, "energySpread": 0},
            ["HEAVYION", "HI-PROPE         6.0      12.0", "-0.2"],
        ),
        ({"particle": {"id": 24}, "energy": 100, "energySpread": 0}, ["4-HELIUM", "-0.4"]),
        (
            {"particle": {"id": 24}, "energy": 100, "energySpread": 0, "energyUnit": "MeV"},
            ["4-HELIUM", "-0.1"],
        ),
        ({"direction": [0, 0, -2], "position": [0, 0, 5]}, ["NEGATIVE"]),
        ({"direction": [3, 0, 4]}, ["       0.6       0.0       0.0"]),
        ({"divergence": {"x": 2, "y": 2, "distanceToFocal": 0}}, [number(-2 * 2.354820045)]),
        ({"sigma": {"type": "Gaussian", "x": 1, "y": 1}}, [number(-2.354820045)]),
        ({"sigma": {"type": "Flat square", "x": 1, "y": 2}}, ["       2.0       4.0       0.0"]),
    ],
)
def test_beams(beam: Json, expected: list[str]) -> None:
    text = convert(set_beam(mesh_box(), beam))
    for part in expected:
        assert part in text


def set_beam(project: Json, beam: Json) -> Json:
    project["beam"].update(beam)
    return project


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("beam.particle", {"id": 17, "name": "Neutrino"}, "beam.particle"),
        ("beam.sourceType", "file", "beam.sourceType"),
        ("beam.divergence", {"x": 1, "y": 2, "distanceToFocal": 0}, "beam.divergence"),
        ("beam.energyLowCutoff", 70, "beam.energyLowCutoff"),
        ("beam.position", [0, 0, -50], "beam.position"),
        ("physic", {"enableNuclearReactions": False}, "physic.enableNuclearReactions"),
        ("physic", {"multipleScattering": "no scattering"}, "physic.multipleScattering"),
        ("figureManager.figures.0.type", "Geant4Box", "figureManager.figures[0]"),
        ("specialComponentsManager", {"CTCube": {"a": 1}}, "specialComponentsManager.CTCube"),
        (
            "scoringManager.outputs.0.quantities.0.keyword",
            "dLET",
            "scoringManager.outputs[0].quantities[0]",
        ),
    ],
)
def test_what_fluka_lacks_is_refused_by_name(path: str, value: Any, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        convert(set_path(mesh_box(), path, value))
    assert refused.value.field == field
    assert "FLUKA" in refused.value.message


def test_unsupported_outputs_are_left_out_on_request() -> None:
    project = mesh_box()
    project["scoringManager"]["outputs"] = [output("o", "mesh", "dLET", "Dose")]
    found = Fluka(Path("/none")).convert(project, skip_unsupported=True)
    assert found.left_out == ["o/My dLET: FLUKA has no quantity dLET here"]
    assert len(cards(found.files["fl_sim.inp"].decode(), "USRBIN")) == 2


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([("Z", "==", 1), ("A", "==", 1)], "    PROTON"),
        ([("Z", "==", 6), ("A", "equal", 12)], "-1200600.0"),
        ([("Z", "==", 2)], "    -200.0"),
    ],
)
def test_filters_become_auxscore(rules: list[tuple[str, str, float]], expected: str) -> None:
    project = mesh_box()
    made = [{"keyword": k, "operator": o, "value": v} for k, o, v in rules]
    project["scoringManager"]["filters"] = [{"uuid": "f", "name": "them", "rules": made}]
    project["scoringManager"]["outputs"][0]["quantities"][1]["filter"] = "f"
    assert cards(convert(project), "AUXSCORE") == [
        f"AUXSCORE      USRBIN{expected}                 2.0       2.0       1.0"
    ]


def test_filters_that_fluka_lacks_are_refused() -> None:
    project = mesh_box()
    rule = {"keyword": "GEN", "operator": "==", "value": 0}
    project["scoringManager"]["filters"] = [{"uuid": "f", "name": "primaries", "rules": [rule]}]
    project["scoringManager"]["outputs"][0]["quantities"][0]["filter"] = "f"
    with pytest.raises(Unsupported, match="'primaries'"):
        convert(project)


def test_densities_of_zones_make_materials_of_their_own() -> None:
    path = "zoneManager.zones.0.materialPropertiesOverrides"
    text = convert(set_path(mesh_box(), path, {"density": 1.05}))
    assert cards(text, "MATERIAL") == [
        "MATERIAL                            1.05                              COM00001"
    ]
    assert cards(text, "COMPOUND")[0].split() == ["COMPOUND", "-1.0", "WATER", "COM00001"]
    assert "ASSIGNMA    COM00001   region0" in text


def test_figures_are_turned_as_on_the_screen() -> None:
    shape = solid("BoxGeometry", [0, 0, 0], [0, 90, 0], width=2, height=4, depth=6)
    text = convert(set_path(mesh_box(), "figureManager.figures.0.geometryData", shape))
    values = [float(word) for word in cards(text, "BOX fig0")[0].split()[2:]]
    corner, edges = np.array(values[:3]), np.array(values[3:]).reshape(3, 3)
    assert corner + edges.sum(axis=0) / 2 == pytest.approx([0, 0, 0])
    # A quarter about y: x goes to -z, z goes to x.
    assert edges == pytest.approx(np.array([[0, 0, -2], [0, 4, 0], [6, 0, 0]]))


def test_zones_that_overlap_give_regions_that_do_not() -> None:
    project = mesh_box()
    sphere = solid("SphereGeometry", [0, 0, 5], [0, 0, 0], radius=0.5)
    project["figureManager"]["figures"].append({"uuid": "ball", "geometryData": sphere})
    zone = project["zoneManager"]["zones"][0]
    steps = [[{"mode": "union", "objectUuid": "ball"}]]
    project["zoneManager"]["zones"].append({**zone, "uuid": "z2", "unionOperations": steps})
    lines = convert(project).splitlines()
    assert "region0 5 +fig0" in lines
    assert "region1 5 +fig1 -(+fig0)" in lines
    assert "world 5 +figworld -fig0 -fig1" in lines


def test_a_hollow_cylinder_is_one_body_in_another() -> None:
    shape = solid("HollowCylinderGeometry", [0, 0, 0], [0, 0, 0], radius=3, innerRadius=1, depth=4)
    text = convert(set_path(mesh_box(), "figureManager.figures.0.geometryData", shape))
    assert "region0 5 +fig0 -hig0" in text.splitlines()
    assert "world 5 +figworld -(+fig0 -hig0)" in text.splitlines()


def deck(*lines: str) -> dict[str, bytes]:
    return {"a.inp": "\n".join(["TITLE", "START 99", *lines, "STOP", ""]).encode()}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("START             20", 20),
        ("START        50000.0", 50_000),
        ("START            1e4", 10_000),
        ("START          1.D+3", 1000),
        ("start            70.", 70),
        ("START\t1000.0\t! so many", 1000),
    ],
)
def test_primaries_are_read_however_they_are_written(line: str, expected: int) -> None:
    files = deck("* START 5", "GEOBEGIN", "START 7", "GEOEND", line)
    assert Fluka(Path("/none")).total_primaries(files) == expected
    changed = Fluka(Path("/none")).task_files(files, 12, 3)
    assert Fluka(Path("/none")).total_primaries(changed) == 12


@pytest.mark.parametrize("line", ["START, 400.", "  start  400.0 ", "START / 400 ; 0.0"])
def test_the_free_format_is_read_too(line: str) -> None:
    files = deck("FREE", line)
    fluka = Fluka(Path("/none"))
    assert fluka.total_primaries(files) == 400
    changed = fluka.task_files(files, 7, 5)["a.inp"].decode().splitlines()
    assert changed[3] == "RANDOMIZ, 1.0, 5."
    assert fluka.total_primaries({"a.inp": "\n".join(changed).encode()}) == 7


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (["START 1000.0"], "line 3: 'START 1000.0'"),
        (["START        123456789.0"], "columns 11 to 20"),
        (["START           20.5"], "not a whole number"),
        (["START            0.0"], "must be 1 to"),
        (["START            1.0", "START            2.0"], "line 4: 'START            2.0'"),
        (["START            1.0", *["RANDOMIZ         1.0       2.0"] * 2], "one RANDOMIZ card"),
        ([], "no START card"),
    ],
)
def test_input_that_says_no_number_is_shown(lines: list[str], shown: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Fluka(Path("/none")).total_primaries(deck(*lines))
    assert shown in str(refused.value)


def test_a_task_changes_two_numbers_and_nothing_else() -> None:
    before = MINIMAL.replace(b"\n", b"\r\n").replace(b"Void sphere", b"Void \xe9 sphere")
    after = Fluka(Path("/none")).task_files({"m.inp": before, "x": b"y"}, 7, 3)
    assert after["x"] == b"y"
    changed = [
        (old, new)
        for old, new in zip(before.split(b"\n"), after["m.inp"].split(b"\n"), strict=True)
        if old != new
    ]
    assert changed == [
        (b"RANDOMIZ         1.0        1.\r", b"RANDOMIZ         1.0       3.0\r"),
        (b"START             20\r", b"START            7.0\r"),
    ]


def test_more_primaries_than_a_field_holds_are_refused() -> None:
    fluka = Fluka(Path("/none"))
    assert (
        b"START     9999999999" in fluka.task_files({"m.inp": MINIMAL}, 9_999_999_999, 1)["m.inp"]
    )
    with pytest.raises(InvalidInput, match="1e10"):
        fluka.task_files({"m.inp": MINIMAL}, 10_000_000_000, 1)


@settings(deadline=None)
@given(st.integers(1, 10**12), st.integers(1, 10**9))
def test_seeds_stay_in_their_range_and_columns(seed: int, primaries: int) -> None:
    text = Fluka(Path("/none")).task_files({"m.inp": MINIMAL}, primaries, seed)["m.inp"].decode()
    (line,) = cards(text, "RANDOMIZ")
    assert len(line) == 30
    assert 0 < float(line[20:30]) < 9e8
    assert Fluka(Path("/none")).total_primaries({"m.inp": text.encode()}) == primaries


def test_a_missing_seed_is_added_before_the_run_starts() -> None:
    text = Fluka(Path("/none")).task_files(deck("START           10.0"), 10, 4)["a.inp"].decode()
    assert text.splitlines()[2:4] == ["RANDOMIZ         1.0        4.", "START           10.0"]


def told(log: str, sizes: list[int]) -> list[Progress]:
    parser = FlukaProgress(100)
    return [found for piece in pieces(log, sizes) if (found := parser.feed(piece))]


def test_the_log_tells_progress_and_remaining_time() -> None:
    assert told(LOG, [1]) == [Progress(1, 12), Progress(50, 5), Progress(100, 0)]


@settings(deadline=None)
@given(st.lists(st.integers(1, 90), min_size=1), st.integers(0, len(LOG)))
def test_logs_come_in_pieces_and_may_end_anywhere(sizes: list[int], end: int) -> None:
    assert told(LOG[:end], sizes)[-1:] == told(LOG[:end], [10_000])[-1:]


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    FlukaProgress(10).feed(SEEDS + text + "\n")


@pytest.fixture
def fluka(tmp_path: Path) -> Fluka:
    install("rfluka", tmp_path / "bin")
    return Fluka(tmp_path / "bin")


def test_the_command_is_that_of_one_cycle(tmp_path: Path, fluka: Fluka) -> None:
    (tmp_path / "-a b.inp").write_bytes(MINIMAL)
    argv = fluka.command(tmp_path, 1).argv
    assert argv == [str(tmp_path / "bin" / "rfluka"), "-N0", "-M1", "./-a b.inp"]


def test_it_says_when_it_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert Fluka(tmp_path).find() is None
    with pytest.raises(SimulatorNotInstalled, match="rfluka"):
        Fluka(tmp_path).command(tmp_path, 1)


@pytest.mark.parametrize(
    ("ending", "reason", "last"),
    [
        ("crash", "crashed before it had simulated all primaries", "GEOMETRY TRACKING LOST"),
        ("segfault", "crashed (SIGSEGV)", "NEXT SEEDS"),
        ("killed", "was killed", "NEXT SEEDS"),
        ("nothing", "wrote no results", "End of FLUKA"),
    ],
)
def test_failures_are_told_apart(tmp_path: Path, ending: str, reason: str, last: str) -> None:
    install("rfluka", tmp_path / "bin", ending=ending)
    fluka = Fluka(tmp_path / "bin")
    done = run_task(fluka, {"m.inp": MINIMAL}, tmp_path / "task", 1)
    message = failure_of(fluka, done)
    assert reason in message
    assert last in message
    assert any(path.name == "m001.out" and path.exists() for path in fluka.log_files(done.folder))


def test_bad_input_is_told_as_such(tmp_path: Path, fluka: Fluka) -> None:
    broken = MINIMAL.replace(b"BEAMPOS ", b"*EAMPOS ")
    done = run_task(fluka, {"m.inp": broken}, tmp_path / "task", 1)
    assert "refused its input (*** ERROR in INPUT: no card BEAMPOS" in failure_of(fluka, done)


def test_a_run_out_of_time_is_told_as_such(tmp_path: Path, fluka: Fluka) -> None:
    folder = tmp_path / "task" / "fluka_7"
    folder.mkdir(parents=True)
    (folder / "m001.out").write_text(SEEDS)
    with pytest.raises(SimulationFailed, match="ran out of time"):
        fluka.collect(folder.parent, -24, "")


def test_the_progress_log_is_found_while_it_runs(tmp_path: Path, fluka: Fluka) -> None:
    assert fluka.progress_log(tmp_path) is None
    (tmp_path / "fluka_12").mkdir()
    log = tmp_path / "fluka_12" / "m001.out"
    log.write_text("")
    assert fluka.progress_log(tmp_path) == log


def test_outputs_of_a_project_bear_its_names_in_its_order(tmp_path: Path, fluka: Fluka) -> None:
    project = mesh_box()
    names = ["dose2", "dose", "Another"]
    keywords = [("Dose", "Energy"), ("Fluence",), ("Dose",)]
    project["scoringManager"]["outputs"] = [
        output(name, "mesh", *words) for name, words in zip(names, keywords, strict=True)
    ]
    found = merged(fluka, fluka.convert(project).files, tmp_path, tmp_path / "kept")
    assert [item.name for item in found] == names
    assert [page.name for page in found[0].pages] == ["My Dose", "My Energy"]
    assert [page.unit for page in found[0].pages] == ["MeV/g", "MeV/cm^3"]
    value = weighted(factor(1), factor(2))
    assert found[0].pages[0].values[0] == pytest.approx(1000 * value, rel=1e-5)
    assert found[1].pages[0].values[1] == pytest.approx(2 * value, rel=1e-5)
    assert found[2].metadata["primaries"] == "300"
    assert found[0].pages[0].errors is not None


def test_outputs_of_files_bear_theirs_in_the_order_of_the_cards(
    tmp_path: Path, fluka: Fluka
) -> None:
    swapped = MINIMAL.replace(b"-21.", b"-XX.").replace(b"-22.", b"-21.").replace(b"-XX.", b"-22.")
    found = merged(fluka, {"minimal.inp": swapped}, tmp_path, tmp_path / "kept")
    assert [item.name for item in found] == ["minimal001_fort.22", "minimal001_fort.21"]
    assert [len(item.pages[0].axes) for item in found] == [2, 2]
    assert {axis.name for axis in found[0].pages[0].axes} == {"Position (X)", "Position (Y)"}
    assert {axis.name for axis in found[1].pages[0].axes} == {"Position (X)", "Position (Z)"}


def test_half_a_file_is_no_result(tmp_path: Path) -> None:
    install("rfluka", tmp_path / "bin", ending="half")
    fluka = Fluka(tmp_path / "bin")
    with pytest.raises(SimulationFailed, match=r"fort\.21 .*(written to its end|can't be read)"):
        merged(fluka, {"minimal.inp": MINIMAL}, tmp_path, tmp_path / "kept")
