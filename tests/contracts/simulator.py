"""What every simulator must do. Subclasses give `simulator`, input `files` and a recorded `log`."""

import random
from pathlib import Path

import pytest

from application.ports.simulator import InputFiles, Progress, Simulator
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled
from tests.unit.simulators.projects import Json, set_path, water_box


class SimulatorContract:
    """`simulator` looks for its executable in an empty folder and on an empty PATH."""

    @pytest.fixture
    def project(self) -> Json:
        return water_box()

    def test_it_has_a_name_for_the_wire_and_a_profile_for_people(
        self, simulator: Simulator
    ) -> None:
        assert simulator.name == simulator.name.lower()
        profile = simulator.profile
        assert all((profile.title, profile.abilities, profile.remedy))

    def test_what_it_makes_of_a_project_asks_for_its_primaries(
        self, simulator: Simulator, project: Json
    ) -> None:
        made = simulator.convert(project)
        assert made.primaries == project["beam"]["numberOfParticles"]
        assert simulator.total_primaries(made.files) == made.primaries
        assert simulator.convert(project).files == made.files

    def test_a_broken_project_is_refused_by_field(
        self, simulator: Simulator, project: Json
    ) -> None:
        with pytest.raises(InvalidInput) as refused:
            simulator.convert(set_path(project, "beam.energy", -1))
        assert refused.value.field == "beam.energy"

    def test_a_task_has_its_own_primaries_and_leaves_the_files_alone(
        self, simulator: Simulator, files: InputFiles
    ) -> None:
        before = dict(files)
        for primaries, seed in ((1, 1), (77, 2)):
            own = simulator.task_files(files, primaries, seed)
            assert simulator.total_primaries(own) == primaries
        assert dict(files) == before

    def test_files_without_primaries_are_refused(self, simulator: Simulator) -> None:
        with pytest.raises(InvalidInput):
            simulator.total_primaries({"notes.txt": b"nothing"})

    def test_without_an_executable_it_says_how_to_get_one(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        assert simulator.find() is None
        with pytest.raises(SimulatorNotInstalled):
            simulator.command(tmp_path, 1)

    def test_a_log_tells_the_same_in_pieces_of_any_size(
        self, simulator: Simulator, log: str
    ) -> None:
        whole = simulator.progress_parser(1000).feed(log)
        assert whole is not None
        for seed in range(5):
            rng, parser, place = random.Random(seed), simulator.progress_parser(1000), 0
            newest: Progress | None = None
            while place < len(log):
                size = rng.randint(1, 80)
                newest = parser.feed(log[place : place + size]) or newest
                assert newest is None or 0 <= newest.simulated_primaries <= 1000
                place += size
            assert newest is not None
            assert newest.simulated_primaries == whole.simulated_primaries

    @pytest.mark.parametrize("exit_code", [1, -9, -11, 0])
    def test_a_run_without_outputs_is_no_result(
        self, simulator: Simulator, tmp_path: Path, exit_code: int
    ) -> None:
        with pytest.raises(SimulationFailed, match="the last line"):
            simulator.collect(tmp_path, exit_code, "some lines\nthe last line")
