"""Runs of SHIELD-HIT12A: logs in pieces, failures told apart, outputs merged by name."""

import random
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.simulators.shieldhit.run_log import PrimaryParser
from adapters.simulators.shieldhit.simulator import ShieldHit
from application.ports.simulator import Progress, TaskOutput
from domain.errors import SimulationFailed, SimulatorNotInstalled
from tests.locations import TESTS
from tests.simulator_stand_ins import bdo
from tests.simulator_stand_ins.installing import install
from tests.simulator_stand_ins.shieldhit import factor
from tests.unit.adapters.simulators.projects import Json, output, water_box
from tests.waiting import LONGEST

RECORDED = TESTS / "data" / "simulators" / "shieldhit" / "output"
LOG = (RECORDED / "stdout.txt").read_text()
LONG_LOG = "\n".join(
    [
        "   Requested number of primaries NSTAT      : 3000",
        "Primary particle no.        1",
        "Primary particle no.     1000 ETR:  1 hour(s)  2 minute(s)  3 second(s)",
        "Primary particle no.     2345 ETR:  0 hour(s)  1 minute(s) 12 second(s)",
        "Run time:    0 hour(s)  0 minute(s) 3 second(s)\n",
    ]
)


def told(parser: PrimaryParser, pieces: list[str]) -> list[Progress]:
    return [progress for piece in pieces if (progress := parser.feed(piece)) is not None]


def test_lines_of_the_log_tell_progress_and_remaining_time() -> None:
    lines = [f"{line}\n" for line in LONG_LOG.splitlines()]
    assert told(PrimaryParser(3000), lines) == [
        Progress(0), Progress(999, 3723), Progress(2344, 72), Progress(3000, 0),
    ]  # fmt: skip


@given(st.randoms(use_true_random=False), st.sampled_from([LOG, LONG_LOG]), st.integers(0, 6000))
def test_logs_come_in_pieces_of_any_size_and_may_end_anywhere(
    rng: random.Random, log: str, end: int
) -> None:
    log = log[:end]
    pieces, place = [], 0
    while place < len(log):
        size = rng.randint(1, 200)
        pieces.append(log[place : place + size])
        place += size
    whole = told(PrimaryParser(20), [log])
    found = told(PrimaryParser(20), pieces)
    assert found[-1:] == whole[-1:]
    done = [progress.simulated_primaries for progress in found]
    assert done == sorted(done)
    assert all(0 <= count <= 20 for count in done)


@given(st.text(max_size=300))
def test_any_text_is_taken(text: str) -> None:
    PrimaryParser(10).feed(text + "\n")


def run(
    tmp_path: Path, seed: int = 1, project: Json | None = None, **told_to: Any
) -> tuple[ShieldHit, Path, Any]:
    """Run a stand-in as a worker would, in a folder of its own."""
    install("shieldhit", tmp_path / "bin", **told_to)
    simulator = ShieldHit(tmp_path / "bin")
    folder = tmp_path / f"task{seed}"
    folder.mkdir()
    files = simulator.convert(project or water_box()).files
    for name, content in simulator.task_files(files, 100 * seed, seed).items():
        (folder / name).write_bytes(content)
    command = simulator.command(folder, seed)
    with (folder / "stdout.txt").open("wb") as stdout:
        done = subprocess.run(
            command.argv,
            cwd=folder,
            env={},
            stdout=stdout,
            stderr=subprocess.STDOUT,
            timeout=LONGEST,
        )
    return simulator, folder, done


def failure(tmp_path: Path, **told_to: Any) -> str:
    simulator, folder, done = run(tmp_path, **told_to)
    with pytest.raises(SimulationFailed) as failed:
        simulator.collect(folder, done.returncode, (folder / "stdout.txt").read_text())
    assert [path.name for path in simulator.log_files(folder)] == [
        "shieldhit_0001.log",
        "stdout.txt",
    ]
    return str(failed.value)


@pytest.mark.parametrize(
    ("ending", "reason", "last"),
    [
        ("crash", "ended with exit code 3", "zone not found"),
        ("segfault", "crashed (SIGSEGV)", "Primary particle no."),
        ("killed", "was killed, perhaps for its memory (SIGKILL)", "Primary particle no."),
        ("nothing", "wrote nothing", "Run time:"),
        ("half", "left a broken output: depth_0001.bdo", "Run time:"),
    ],
)
def test_failures_are_told_apart_with_the_end_of_the_log(
    tmp_path: Path, ending: str, reason: str, last: str
) -> None:
    message = failure(tmp_path, ending=ending)
    assert reason in message
    assert last in message


def test_bad_input_is_told_as_such(tmp_path: Path) -> None:
    install("shieldhit", tmp_path / "bin")
    simulator = ShieldHit(tmp_path / "bin")
    (tmp_path / "beam.dat").write_text("NSTAT 10\n")
    done = subprocess.run(
        simulator.command(tmp_path, 4).argv, cwd=tmp_path, env={}, capture_output=True, text=True
    )
    with pytest.raises(
        SimulationFailed, match=r"refused its input: Error: file not found: detect\.dat"
    ):
        simulator.collect(tmp_path, done.returncode, done.stdout)


def test_a_run_that_stops_short_is_no_result(tmp_path: Path) -> None:
    simulator, folder, done = run(tmp_path)
    log = folder / "shieldhit_0001.log"
    log.write_text(log.read_text().partition("Transport completed")[0])
    with pytest.raises(SimulationFailed, match="ended before it had simulated all"):
        simulator.collect(folder, done.returncode, "")


def test_an_executable_is_found_with_its_version_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    asked = []

    def ask(argv: Sequence[str]) -> str:
        asked.append(argv)
        return subprocess.run(argv, env={}, capture_output=True, text=True, check=True).stdout

    simulator = ShieldHit(tmp_path / "simulators", ask)
    assert simulator.find() is None
    assert not asked
    with pytest.raises(SimulatorNotInstalled, match="SIMULATORS_DIR or on PATH"):
        simulator.command(tmp_path, 1)
    executable = install("shieldhit", tmp_path / "elsewhere")
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    found = simulator.find()
    assert found is not None
    assert (found.executable, found.version) == (executable, "v1.0.0-5-gc589a089")
    own = install("shieldhit", tmp_path / "simulators" / "shieldhit")
    found = simulator.find()
    assert found is not None
    assert found.executable == own
    assert simulator.command(Path("/work dir"), 7).argv == [str(own), "-N", "7", "/work dir"]


def test_outputs_of_a_project_bear_its_names_in_its_order(tmp_path: Path) -> None:
    project = water_box()
    names = ["dose2", "dose", "Another dose"]
    project["scoringManager"]["outputs"] = [output(names[0], "mesh", "Dose", "Fluence")]
    project["scoringManager"]["outputs"] += [output(name, "zone", "Count") for name in names[1:]]
    outputs = []
    for seed in (1, 2):
        simulator, folder, done = run(tmp_path, seed, project)
        simulator.collect(folder, done.returncode, "")
        outputs.append(TaskOutput(folder, 100 * seed))
    found = simulator.merge(outputs, simulator.convert(project).files)
    assert [item.name for item in found] == names
    assert [page.name for page in found[0].pages] == ["My Dose", "My Fluence"]
    dose = found[0].pages[0]
    assert dose.values[0] == pytest.approx((100 * factor(1) + 200 * factor(2)) / 300)
    assert found[1].pages[0].values == pytest.approx([100 * factor(1) + 200 * factor(2)])


def test_outputs_of_plain_files_bear_their_names(tmp_path: Path) -> None:
    page = bdo.WrittenPage(5, bdo.AVERAGE, "MeV", [1.0])
    for task in (1, 2):
        (tmp_path / str(task)).mkdir()
        for name in ("dose", "dose_0001", "b"):
            path = tmp_path / str(task) / f"{name}_{task:04d}.bdo"
            bdo.write(path, bdo.WrittenFile(10, [page], name=name))
    outputs = [TaskOutput(tmp_path / "1", 10), TaskOutput(tmp_path / "2", 10)]
    detect = b"Output\n Filename dose_0001.bdo\nOutput\n filename dose.bdo ! first\nOutput\n Filename b\n"
    found = ShieldHit(tmp_path).merge(outputs, {"detect.dat": detect})
    assert [item.name for item in found] == ["dose_0001", "dose", "b"]
    for item in found:
        assert item.metadata["geometry_name"] == item.name
        assert item.metadata["tasks"] == "2"
    assert [item.name for item in ShieldHit(tmp_path).merge(outputs, {})] == [
        "b",
        "dose",
        "dose_0001",
    ]
