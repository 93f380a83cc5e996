"""All simulators are held to one contract."""

import json
from pathlib import Path

import pytest

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import InputFiles
from tests.contracts.simulator import SimulatorContract
from tests.locations import TESTS
from tests.unit.adapters.simulators.fluka import test_fluka
from tests.unit.adapters.simulators.geant4 import test_geant4
from tests.unit.adapters.simulators.projects import Json, output, water_box

DATA = TESTS / "data" / "simulators"


@pytest.fixture(autouse=True)
def nothing_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


class TestMcSquare(SimulatorContract):
    @pytest.fixture
    def simulator(self, tmp_path: Path) -> McSquare:
        return McSquare(tmp_path)

    @pytest.fixture
    def files(self) -> InputFiles:
        return {"config.txt": b"Num_Primaries 5000\n"}

    @pytest.fixture
    def log(self) -> str:
        return "Start\n 10.0 %\n 20.0 %\nNbr primaries simulated: 1000\n"


class TestShieldHit(SimulatorContract):
    @pytest.fixture
    def simulator(self, tmp_path: Path) -> ShieldHit:
        return ShieldHit(tmp_path)

    @pytest.fixture
    def files(self) -> InputFiles:
        text = (DATA / "shieldhit" / "submission_of_files.json").read_text()
        return {name: body.encode() for name, body in json.loads(text)["input_files"].items()}

    @pytest.fixture
    def log(self) -> str:
        return (DATA / "shieldhit" / "output" / "stdout.txt").read_text()


class OfMeshes(SimulatorContract):
    """Of simulators that score in meshes only."""

    @pytest.fixture
    def project(self) -> Json:
        project = water_box()
        project["scoringManager"]["outputs"] = [output("depth", "mesh", "Energy", "Fluence")]
        return project


class TestFluka(OfMeshes):
    @pytest.fixture
    def simulator(self, tmp_path: Path) -> Fluka:
        return Fluka(tmp_path)

    @pytest.fixture
    def files(self) -> InputFiles:
        return {"minimal.inp": (DATA / "fluka" / "input" / "minimal.inp").read_bytes()}

    @pytest.fixture
    def log(self) -> str:
        return test_fluka.LOG


class TestTopas(OfMeshes):
    @pytest.fixture
    def simulator(self, tmp_path: Path) -> Topas:
        return Topas(tmp_path)

    @pytest.fixture
    def files(self) -> InputFiles:
        return {"minimal.txt": (DATA / "topas" / "input" / "minimal.txt").read_bytes()}

    @pytest.fixture
    def log(self) -> str:
        return (DATA / "topas" / "output" / "stdout.txt").read_text()


class TestGeant4(OfMeshes):
    @pytest.fixture
    def simulator(self) -> Geant4:
        return Geant4("an_application GEOMETRY MACRO")

    @pytest.fixture
    def files(self) -> InputFiles:
        folder = DATA / "geant4" / "reference"
        return {name: (folder / name).read_bytes() for name in ("geometry.gdml", "run.mac")}

    @pytest.fixture
    def log(self) -> str:
        return test_geant4.LOG
