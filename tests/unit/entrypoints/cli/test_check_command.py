"""`yaptide check`: for people and for scripts."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli import commands
from tests.unit.adapters.simulators.projects import Json, water_box


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIMULATORS_DIR", str(tmp_path / "simulators"))


def check(tmp_path: Path, project: Json, *options: str) -> Result:
    file = tmp_path / "project.json"
    file.write_text(json.dumps(project))
    return CliRunner().invoke(commands, ["check", str(file), *options])


def faulty() -> Json:
    """A carbon beam, which MCsquare lacks, and a spectrum, which only two have."""
    project = water_box(particle={"id": 25, "a": 12, "z": 6, "name": "Carbon"}, energy=200)
    bins = {"diffType": "E", "lowerLimit": 0, "upperLimit": 100, "binsNumber": 10}
    quantities = [
        {"keyword": "Dose", "name": "d"},
        {"keyword": "Fluence", "name": "f", "modifiers": [bins]},
        {"keyword": "Q", "name": "\x1b[31mred"},
    ]
    project["scoringManager"]["outputs"][0]["quantities"] = quantities
    return project


def test_faults_are_listed_by_simulator(tmp_path: Path) -> None:
    done = check(tmp_path, faulty())
    lines = done.output.split("\n")
    heads = [line for line in lines if line and not line.startswith(" ")]
    assert heads == ["mcsquare:", "shieldhit: takes it as it is", "fluka:", "topas:", "geant4:"]
    ours = lines[: lines.index(heads[1])]
    assert any(line.startswith("  unsupported: beam.particle: MCsquare ") for line in ours)
    assert sum("quantities[1]" in line for line in ours) == 1
    assert "\x1b" not in done.output
    # One takes it.
    assert done.exit_code == 0


def test_scripts_get_fields_and_reasons(tmp_path: Path) -> None:
    done = check(tmp_path, faulty(), "--json", "--simulator", "fluka", "--simulator", "shieldhit")
    assert done.exit_code == 5
    rows: list[dict[str, Any]] = json.loads(done.output)
    assert [(row["simulator"], row["takes_it"]) for row in rows] == [
        ("fluka", False), ("shieldhit", True),
    ]  # fmt: skip
    fault = next(item for item in rows[0]["faults"] if item["field"].endswith("quantities[2]"))
    assert fault["unsupported"] is True
    assert "its quantities are Dose, DoseGy" in fault["reason"]
    assert rows[0]["complete"] is True
    assert rows[1]["faults"] == []


def test_the_code_says_whether_the_named_simulators_take_it(tmp_path: Path) -> None:
    project = water_box()
    project["beam"]["energy"] = -1
    assert check(tmp_path, project).exit_code == 5
    assert check(tmp_path, water_box(), "--simulator", "topas").exit_code == 0
    assert check(tmp_path, faulty(), "--simulator", "topas").exit_code == 5
    assert check(tmp_path, water_box(), "--simulator", "none").exit_code == 2
    files = {"input_files": {"beam.dat": "NSTAT 1"}, "sim_type": "shieldhit"}
    refused = check(tmp_path, files)
    assert (refused.exit_code, "not a project" in refused.output) == (2, True)
