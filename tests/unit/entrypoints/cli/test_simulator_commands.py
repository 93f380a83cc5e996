"""`yaptide convert` and `yaptide simulators list`."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli import commands
from tests.simulator_stand_ins.installing import READS, install
from tests.unit.adapters.simulators.projects import set_path, water_box


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIMULATORS_DIR", str(tmp_path / "simulators"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    for name, value in READS.items():
        monkeypatch.setenv(name, value)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(commands, [str(item) for item in arguments])


def project(tmp_path: Path, path: str = "beam.energy", value: object = 100) -> Path:
    file = tmp_path / "project.json"
    file.write_text(json.dumps(set_path(water_box(), path, value)))
    return file


def test_a_project_is_converted(tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    done = run("convert", project(tmp_path), "--simulator", "shieldhit", "--out", out)
    assert done.exit_code == 0, done.output
    names = {"beam.dat", "geo.dat", "mat.dat", "detect.dat", "outputs.json"}
    assert {path.name for path in out.iterdir()} == names
    assert "100.0" in (out / "beam.dat").read_text()
    again = run("convert", project(tmp_path), "--simulator", "shieldhit", "--out", out)
    assert again.exit_code == 4
    assert "--force replaces them" in again.output
    forced = run("convert", project(tmp_path), "--simulator", "shieldhit", "--out", out, "--force")
    assert forced.exit_code == 0


def test_what_can_not_be_converted_is_refused_or_left_out(tmp_path: Path) -> None:
    path = "scoringManager.outputs.0.quantities.0.keyword"
    command = ["convert", project(tmp_path, path, "Beauty"), "--simulator", "shieldhit"]
    refused = run(*command, "--out", tmp_path / "out")
    assert refused.exit_code == 2
    assert "scoringManager.outputs[0].quantities[0]" in refused.output
    assert not (tmp_path / "out").exists()
    done = run(*command, "--out", tmp_path / "out", "--skip-unsupported")
    assert done.exit_code == 0
    assert "left out:" in done.output
    assert run("convert", project(tmp_path), "--simulator", "x", "--out", "y").exit_code == 2


def test_the_list_tells_what_is_where_and_what_it_can(tmp_path: Path) -> None:
    install("shieldhit", tmp_path / "simulators")
    done = run("simulators", "list", "--json")
    assert done.exit_code == 0, done.output
    rows = {row["simulator"]: row for row in json.loads(done.output)}
    found = rows["shieldhit"]
    assert (found["installed"], found["version"]) == (True, "v1.0.0-5-gc589a089")
    assert found["executable"] == str(tmp_path / "simulators" / "shieldhit")
    assert "ions" in found["abilities"]
    missing = rows["mcsquare"]
    assert (missing["installed"], missing["version"]) == (False, None)
    assert "yaptide simulators install mcsquare" in missing["remedy"]
    table = run("simulators", "list").output
    assert "SHIELD-HIT12A" in table and "protons in voxels" in table
