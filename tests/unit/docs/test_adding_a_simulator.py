"""The simulator of docs/adding-a-simulator.md keeps what the port promises, word for word."""

import re
from pathlib import Path
from types import ModuleType

import pytest

from application.ports.simulator import InputFiles, Simulator
from tests.contracts.simulator import SimulatorContract
from tests.locations import ROOT
from tests.simulator_stand_ins.behaviour import Behaviour
from tests.unit.adapters.simulators.projects import Json, output, water_box

PAGE = ROOT / "docs" / "adding-a-simulator.md"


def module_of_page(position: int) -> ModuleType:
    block = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[position]
    module = ModuleType(f"minisim_{position}")
    exec(compile(block, str(PAGE), "exec"), module.__dict__)
    return module


class TestMiniSim(SimulatorContract):
    @pytest.fixture
    def simulator(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulator:
        monkeypatch.setenv("PATH", str(tmp_path))
        made: Simulator = module_of_page(0).MiniSim(tmp_path)
        return made

    @pytest.fixture
    def project(self) -> Json:
        project = water_box()
        project["scoringManager"]["outputs"] = [output("all", "mesh", "Energy")]
        return project

    @pytest.fixture
    def files(self) -> InputFiles:
        return {"mini.txt": b"primaries 10\nseed 1\nenergy 70\n"}

    @pytest.fixture
    def log(self) -> str:
        return "done 5 of 10\ndone 10 of 10\n"


def test_the_stand_in_runs_what_the_simulator_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulator = module_of_page(0).MiniSim(tmp_path)
    project = water_box(energy=123)
    project["scoringManager"]["outputs"] = [output("all", "mesh", "Energy")]
    for name, content in simulator.task_files(simulator.convert(project).files, 10, 3).items():
        (tmp_path / name).write_bytes(content)
    stand_in = module_of_page(1)
    monkeypatch.setattr(stand_in.behaviour, "read", lambda executable, seed: Behaviour())
    monkeypatch.setattr(stand_in.behaviour, "begin", lambda told: None)
    assert stand_in.main(["minisim", str(tmp_path)]) == 0
    assert [path.read_text() for path in simulator.collect(tmp_path, 0, "")] == ["123.0\n"]
