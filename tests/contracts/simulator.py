"""What every simulator must do. Subclasses give `simulator`, input `files` and a recorded `log`."""

import random
import re
from pathlib import Path

import pytest

from application.ports.adaptation import ScoringPlace
from application.ports.simulator import InputFiles, Progress, Simulator
from application.submission.project_scoring import without
from application.submission.scorable_part import scorable_part
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled
from tests.unit.adapters.simulators.projects import Json, output, set_path, water_box


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

    def test_a_log_that_breaks_off_tells_no_more_than_the_whole(
        self, simulator: Simulator, log: str
    ) -> None:
        whole = simulator.progress_parser(1000).feed(log)
        assert whole is not None
        for place in range(0, len(log), max(1, len(log) // 97)):
            told = simulator.progress_parser(1000).feed(log[:place])
            assert told is None or 0 <= told.simulated_primaries <= whole.simulated_primaries

    def test_a_log_of_anything_tells_nothing(self, simulator: Simulator) -> None:
        parser = simulator.progress_parser(1000)
        assert parser.feed("\0\ufffd" * 5000 + "\n" * 3) is None
        assert parser.feed("9" * 5000 + "\n") is None

    def test_numbers_that_nothing_can_be_are_passed_over(
        self, simulator: Simulator, log: str
    ) -> None:
        parser = simulator.progress_parser(1000)
        for line in log.splitlines():
            told = parser.feed(re.sub(r"\d+", "9" * 5000, line) + "\n")
            assert told is None or 0 <= told.simulated_primaries <= 1000

    def test_lines_end_as_they_like(self, simulator: Simulator, log: str) -> None:
        whole = simulator.progress_parser(1000).feed(log)
        assert whole is not None
        for end in ("\r\n", "\r"):
            told = simulator.progress_parser(1000).feed(log.replace("\n", end))
            assert told is not None
            assert told.simulated_primaries == whole.simulated_primaries

    def test_a_line_without_an_end_fills_no_memory(self, simulator: Simulator, log: str) -> None:
        parser = simulator.progress_parser(1000)
        for _ in range(20):
            parser.feed("-" * 100_000)
        assert parser.feed("\n" + log) is not None

    def test_a_folder_without_anything_has_no_logs_to_read(
        self, simulator: Simulator, tmp_path: Path
    ) -> None:
        assert not any(path.exists() for path in simulator.log_files(tmp_path))
        assert simulator.progress_log(tmp_path) is None

    def test_only_what_it_can_not_score_is_left_out_on_request(
        self, simulator: Simulator, project: Json
    ) -> None:
        made = simulator.convert(project, skip_unsupported=True)
        assert made.files == simulator.convert(project).files
        assert not made.left_out
        project["scoringManager"]["outputs"] += [output("odd", "mesh", "NoSuchQuantity")]
        with pytest.raises(InvalidInput) as refused:
            simulator.convert(project)
        assert refused.value.field.startswith("scoringManager.outputs[1].quantities[0]")
        (reason,) = simulator.convert(project, skip_unsupported=True).left_out
        assert "NoSuchQuantity" in reason

    def test_where_that_stands_in_the_project_is_found(
        self, simulator: Simulator, project: Json
    ) -> None:
        outputs = project["scoringManager"]["outputs"]
        name, scored = outputs[0]["name"], list(outputs[0]["quantities"])
        odd = {"name": "Odd", "keyword": "NoSuchQuantity"}
        outputs[0]["quantities"][1:1] = [odd, odd]
        outputs[:0] = [output("first", "mesh", "NoSuchQuantity", "NoSuchQuantity")]
        outputs += [output("last", "mesh", "NoSuchQuantity")]
        part = scorable_part(simulator, project)
        assert len(part.conversion.left_out) == 5
        assert part.unscored == (
            ScoringPlace(0, 0), ScoringPlace(0, 1), ScoringPlace(1, 1), ScoringPlace(1, 2),
            ScoringPlace(2, 0),
        )  # fmt: skip
        left = without(project, part.unscored)
        (kept,) = left["scoringManager"]["outputs"]
        assert (kept["name"], kept["quantities"]) == (name, scored)
        assert not simulator.convert(left).left_out

    def test_no_task_is_no_result(self, simulator: Simulator, project: Json) -> None:
        with pytest.raises(SimulationFailed):
            simulator.merge([], simulator.convert(project).files)

    @pytest.mark.parametrize("exit_code", [1, -9, -11, 0])
    def test_a_run_without_outputs_is_no_result(
        self, simulator: Simulator, files: InputFiles, tmp_path: Path, exit_code: int
    ) -> None:
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        with pytest.raises(SimulationFailed, match="the last line"):
            simulator.collect(tmp_path, exit_code, "some lines\nthe last line")
