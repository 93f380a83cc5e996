"""`yaptide run` in a terminal: results, interruption, and clear words for bad input."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adapters.simulators.mcsquare.simulator import McSquare
from entrypoints.cli import commands
from tests.integration.servers import process
from tests.integration.servers.process import Server
from tests.integration.service.service import engines, environment
from tests.unit.adapters.simulators.projects import set_path, water_box

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def own(tmp_path: Path, simulators_dir: Path) -> dict[str, str]:
    return {**environment(tmp_path / "data", simulators_dir), "TMPDIR": str(tmp_path)}


@pytest.fixture
def start(tmp_path: Path, own: dict[str, str]) -> Iterator[Callable[..., Server]]:
    """Start what is interrupted later."""
    started: list[Server] = []

    def start(*arguments: object) -> Server:
        command = [sys.executable, "-m", "entrypoints", "run", *arguments]
        errors = tmp_path / "errors.log"
        with errors.open("ab") as stderr:
            started.append(
                Server(command, tmp_path / "output.log", own, [errors], stderr=stderr, cwd=tmp_path)
            )
        return started[-1]

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def run(tmp_path: Path, own: dict[str, str]) -> Run:
    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "entrypoints", "run", *arguments]
        return process.run(command, check=False, env=own, cwd=tmp_path)

    return run


@pytest.fixture
def refuse(tmp_path: Path, simulators_dir: Path) -> Callable[..., Result]:
    """Run what must be refused, in this process: nothing is started then."""

    def refuse(*arguments: object) -> Result:
        words = ["run", *map(str, arguments)]
        result = CliRunner().invoke(
            commands, words, env=environment(tmp_path / "data", simulators_dir)
        )
        # Anything else would be a trace.
        assert isinstance(result.exception, SystemExit), result.exception
        return result

    return refuse


def write(folder: Path, project: Any) -> Path:
    path = folder / "project.json"
    path.write_text(json.dumps(project))
    return path


def test_a_project_is_run_and_drawn(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, water_box(numberOfParticles=5000))
    done = run(path, "--tasks", 3, "--out", tmp_path / "out", "--plot")
    assert done.returncode == 0, done.stderr
    assert "Distal 80 % point: -0.9" in done.stdout or "Distal 80 % point: -0.8" in done.stdout
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["simulated_primaries"] == 5000
    assert results["partial"] is False
    assert [page["name"] for page in results["estimators"][0]["pages"]] == ["My Dose", "My Energy"]
    assert (tmp_path / "out" / "depth_dose.png").read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("yaptide-run-*"))


def test_a_folder_of_input_files_is_run(run: Run, tmp_path: Path) -> None:
    mcsquare = McSquare(tmp_path)
    files = dict(mcsquare.task_files(mcsquare.convert(water_box()).files, 800, 1))
    del files["scoring.json"]
    folder = tmp_path / "inputs"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    done = run(folder, "--tasks", 2, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["simulated_primaries"] == 800
    assert results["estimators"][0]["name"] == "Energy"


def test_ctrl_c_stops_the_engines_and_keeps_what_is_done(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    path = write(tmp_path, water_box(numberOfParticles=1_200_000))
    running = start(path, "--tasks", 8, "--out", tmp_path / "out")
    running.wait_until(lambda: "completed" in running.log.read_text())
    assert running.stop(signal.SIGINT, seconds=30) == 130
    assert "their results are kept" in running.log.read_text()
    assert not engines(tmp_path)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["partial"] is True
    assert 0 < results["simulated_primaries"] < 1_200_000


def test_ctrl_c_at_once_keeps_nothing_and_says_so(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    path = write(tmp_path, water_box(numberOfParticles=90_000_000))
    running = start(path, "--out", tmp_path / "out")
    running.wait_until(lambda: engines(tmp_path))
    assert running.stop(signal.SIGINT, seconds=30) == 130
    assert "nothing was kept" in running.log.read_text()
    assert not (tmp_path / "out").exists()
    assert not engines(tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("beam", ..., "beam: is missing"),
        ("beam.particle.id", 99, "beam.particle.id: 99 is not a known particle"),
        ("beam.particle.id", 25, "beam.particle: MCsquare transports protons only"),
        ("beam.numberOfParticles", 0, "beam.numberOfParticles: must be from 1"),
        ("detectorManager.detectors.0.geometryData.position", [99, 0, 0], "lies outside the world"),
        ("metadata.version", "2.0", "metadata.version: must be one of 0.10, 0.11, 0.12"),
    ],
)
def test_a_bad_project_is_told_by_field(
    refuse: Callable[..., Result], tmp_path: Path, path: str, value: Any, words: str
) -> None:
    project = write(tmp_path, set_path(water_box(), path, value))
    result = refuse(project, "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert words in result.stderr
    assert not (tmp_path / "out").exists()


def test_other_bad_input_is_told_clearly(refuse: Callable[..., Result], tmp_path: Path) -> None:
    project = write(tmp_path, water_box())
    cases: list[tuple[list[object], str]] = [
        ([project, "--tasks", 1_000_000], "1<=x<=10000"),
        ([project, "--primaries", 0], "1<=x"),
        ([project, "--simulator", "magic"], "sim_type: 'magic' is not a simulator"),
        ([tmp_path / "nothing.json"], "does not exist"),
    ]
    (tmp_path / "broken.json").write_text('{"beam": ')
    cases.append(([tmp_path / "broken.json"], "is not JSON"))
    (tmp_path / "list.json").write_text("[]")
    cases.append(([tmp_path / "list.json"], "must hold a JSON object"))
    with (tmp_path / "large.json").open("wb") as file:
        file.truncate(200 << 20)
    cases.append(([tmp_path / "large.json"], "must not be larger than 64 MiB"))
    files = {"input_files": {"../../x": "1", "config.txt": "Num_Primaries 5"}}
    (tmp_path / "leaving.json").write_text(json.dumps(files))
    cases.append(([tmp_path / "leaving.json"], "input_files['../../x']"))
    (tmp_path / "a-file").write_text("")
    cases.append(([project, "--out", tmp_path / "a-file" / "out"], "nothing can be written"))
    for arguments, words in cases:
        result = refuse("--out", tmp_path / "out", *arguments)
        assert result.exit_code in (1, 2), arguments
        assert words in result.stderr, arguments
    assert not (tmp_path / "out").exists()


def test_an_engine_that_is_missing_is_said_with_its_remedy(tmp_path: Path) -> None:
    path = write(tmp_path, water_box())
    command = [sys.executable, "-m", "entrypoints", "run", path]
    own = environment(tmp_path / "data", tmp_path / "empty")
    done = process.run(command, check=False, env=own, cwd=tmp_path)
    assert done.returncode == 1
    assert "yaptide simulators install mcsquare" in done.stderr


def test_a_user_is_added_from_standard_input(tmp_path: Path, simulators_dir: Path) -> None:
    command = [sys.executable, "-m", "entrypoints", "users", "add", "ann"]
    own = environment(tmp_path / "data", simulators_dir)

    def add() -> "subprocess.CompletedProcess[str]":
        return process.run(command, check=False, entered="a good password\n", env=own)

    assert add().stdout == "Added ann.\n"
    again = add()
    assert (again.returncode, again.stderr) == (4, "Error: User existing\n")
