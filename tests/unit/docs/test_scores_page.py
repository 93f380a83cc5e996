"""docs/what-each-simulator-scores.md is what the simulators answer, which is what they convert."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from entrypoints.cli import commands
from tests.locations import ROOT

PAGE = ROOT / "docs" / "what-each-simulator-scores.md"


@pytest.fixture(autouse=True)
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SIMULATORS_DIR", str(tmp_path / "simulators"))


def row(word: str) -> list[str]:
    (line,) = [item for item in PAGE.read_text().split("\n") if item.startswith(f"| {word} |")]
    return [cell.strip() for cell in line.split("|")[2:-1]]


def test_the_page_is_what_the_command_prints() -> None:
    done = CliRunner().invoke(commands, ["simulators", "scores"])
    assert done.exit_code == 0, done.output
    assert PAGE.read_text() == done.output


def test_the_page_says_what_manuals_say() -> None:
    assert row("quantity") == ["MCsquare", "SHIELD-HIT12A", "FLUKA", "TOPAS", "Geant4"]
    assert row("Electron") == ["–", "–", "yes", "yes", "yes"]
    assert row("Proton") == ["yes"] * 5
    # Only Geant4 has histograms, only SHIELD-HIT12A averages of quality.
    assert row("KineticEnergySpectrum") == ["–", "–", "–", "–", "M C"]
    assert row("dQ")[1:] == ["M C Z A", "–", "–", "–"]
    # USRTRACK scores in regions; SHIELD-HIT12A has two differential axes.
    assert row("E")[2] == "Z"
    assert row("E and ANGLE at once") == ["–", "M C Z A", "–", "–", "–"]
    # AUXSCORE knows particles and ions, not generations.
    assert row("GEN == 0") == ["–", "yes", "–", "yes", "–"]


def test_scripts_get_the_same(tmp_path: Path) -> None:
    done = CliRunner().invoke(commands, ["simulators", "list", "--json"])
    rows: dict[str, Any] = {item["simulator"]: item for item in json.loads(done.output)}
    fluka = rows["fluka"]["scores"]
    assert fluka["quantities"]["Dose"] == ["Mesh", "Cyl", "Zone"]
    assert fluka["quantities"]["dLET"] == []
    assert fluka["differentials"]["ENUC"] == ["Zone"]
    assert "Z != 0" in fluka["filters"] and "GEN == 0" not in fluka["filters"]
    assert "rescale" in fluka["settings"]
    assert "Electron" in fluka["particles"]
    assert "Electron" not in rows["shieldhit"]["scores"]["particles"]
