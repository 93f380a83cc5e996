"""TOPAS behind the Simulator port."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adapters.simulators.native.scene_checks import (
    check_no_geant4_figures,
    check_physics,
    check_start,
)
from adapters.simulators.project.model import Project
from adapters.simulators.project.reading import read_project
from adapters.simulators.project.world import world_solid
from adapters.simulators.runs.engine import SiteEngine
from adapters.simulators.scored_output.plan import OUTPUTS
from adapters.simulators.topas import merge, outcome, source, tasks
from adapters.simulators.topas.geometry import geometry_lines
from adapters.simulators.topas.merge import check_scorers
from adapters.simulators.topas.parameters import ParameterFiles
from adapters.simulators.topas.progress import TopasProgress
from adapters.simulators.topas.scoring import Scoring, scoring_of
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    ProgressParser,
    TaskOutput,
)
from domain.estimator import Estimator

NAME = "topas"
TITLE = "TOPAS"
FILE = "topas_sim.txt"
TOLD = 100
"""How often a run tells its progress."""


class Topas(SiteEngine):
    """Simulator port; knows everything of TOPAS and nothing else."""

    name = NAME
    title = TITLE
    abilities = (
        "protons, ions and others; figures that lie whole in each other; "
        "dose, energy and fluence with filters in Mesh and Cyl, also by energy"
    )
    program = "topas"
    most_task_primaries = tasks.MOST_HISTORIES

    def __init__(self, simulators_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(simulators_dir)
        self._clock = clock

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make the parameter file, and the plan that tells which output is which quantity."""
        read = read_project(project)
        source.check_beam(read.beam)
        check_physics(read, TITLE)
        check_no_geant4_figures(read, TITLE)
        check_start(read, TITLE)
        scoring = scoring_of(read, world_solid(read).position, skip_unsupported)
        files = {FILE: _text(read, scoring).encode(), OUTPUTS: scoring.plan().text()}
        return Conversion(files, read.beam.number_of_particles, scoring.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return the histories of all sources; scorers that can't be read are refused."""
        primaries = tasks.total_primaries(files)
        check_scorers(files)
        return primaries

    def check_scored(self, files: InputFiles) -> None:
        """Refuse parameter files without a scorer whose results can be read."""
        merge.check_scored(files)

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files with a task's histories and seed."""
        return tasks.task_files(files, primaries, seed)

    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the command, which takes the parameter file that no other includes."""
        del seed
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        data = self._simulators_dir / NAME / "G4Data"
        environment = {"TOPAS_G4_DATA_DIR": str(data)} if data.is_dir() else {}
        # A name that begins with a dash would be an option.
        argv = [str(executable), f"./{ParameterFiles(files).main}"]
        return Command(argv, environment)

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the histories on standard output."""
        return TopasProgress(primaries, self._clock)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the CSV files; those to be merged are read once to see they are whole."""
        outcome.check_outcome(exit_code, log)
        found = outcome.outputs(folder, log)
        others = [path for path in folder.iterdir() if path.is_file() and path not in found]
        merge.check_outputs(found, {path.name: path.read_bytes() for path in others})
        return found

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the CSV files of all tasks."""
        return merge.merge(outputs, files)


def _text(project: Project, scoring: Scoring) -> str:
    interval = max(1, project.beam.number_of_particles // TOLD)
    centre = world_solid(project).position
    told = [f"{merge.CENTRE} {' '.join(repr(float(value)) for value in centre)} cm"]
    lines = [
        *(told if any(centre) else []),
        "# run",
        "i:Ts/Seed = 1",
        "i:Ts/NumberOfThreads = 1",
        f"i:Ts/ShowHistoryCountAtInterval = {interval}",
        "",
        *geometry_lines(project),
        "# source",
        *source.source_lines(project.beam, centre),
        "",
        "# scoring",
        *scoring.lines,
    ]
    return "\n".join(lines)
