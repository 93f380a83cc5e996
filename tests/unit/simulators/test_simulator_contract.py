"""All simulators are held to one contract."""

import json
from pathlib import Path

import pytest

from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from application.ports.simulator import InputFiles
from tests.contracts.simulator import SimulatorContract

DATA = Path(__file__).parents[2] / "data" / "simulators"


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
