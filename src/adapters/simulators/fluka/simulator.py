"""FLUKA behind the Simulator port."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.simulators.fluka import merge, outcome, project_input, tasks
from adapters.simulators.fluka.progress import FlukaProgress
from adapters.simulators.fluka.scoring import scoring_of
from adapters.simulators.project.reading import read_project
from adapters.simulators.runs.engine import SiteEngine
from adapters.simulators.scored_output.plan import OUTPUTS
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    ProgressParser,
    TaskOutput,
)
from domain.estimator import Estimator

NAME = "fluka"


class Fluka(SiteEngine):
    """Simulator port; knows everything of FLUKA and nothing else."""

    name = NAME
    title = "FLUKA"
    abilities = (
        "protons, ions, neutrons, mesons, leptons; all figures; "
        "dose, energy and fluence with filters in zones, Mesh and Cyl, spectra in zones"
    )
    program = "rfluka"
    most_task_primaries = tasks.MOST_PRIMARIES

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make the input file, and the plan that tells which output is which quantity."""
        read = read_project(project)
        project_input.check_project(read)
        scoring = scoring_of(read, skip_unsupported)
        text = project_input.project_text(read, scoring)
        files = {project_input.FILE: text.encode(), OUTPUTS: scoring.plan().text()}
        return Conversion(files, read.beam.number_of_particles, scoring.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return the number on the START card."""
        deck = tasks.read_deck(files)
        primaries = tasks.total_primaries(deck)
        merge.check_readable(deck, must_score=False)
        return primaries

    def check_scored(self, files: InputFiles) -> None:
        """Refuse an input without a card whose results can be read."""
        merge.check_readable(tasks.read_deck(files), must_score=True)

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files with START and RANDOMIZ of one task."""
        return {**files, **tasks.task_input(tasks.read_deck(files), primaries, seed)}

    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the command for one cycle of the input in `folder`."""
        del seed
        # A name that begins with a dash would be an option.
        file = f"./{tasks.deck_name(tasks.FolderFiles(folder))}"
        return Command([str(executable), "-N0", "-M1", file])

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of NAME001.out."""
        return FlukaProgress(primaries)

    def progress_log(self, folder: Path) -> Path | None:
        """Return NAME001.out in FLUKA's own working folder."""
        return outcome.progress_log(folder)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the scoring files; those to be merged are read once to see they are whole."""
        outcome.check_outcome(folder, exit_code, log)
        found = outcome.outputs(folder, log)
        merge.check_outputs(found, tasks.FolderFiles(folder))
        return found

    def log_files(self, folder: Path) -> Sequence[Path]:
        """Return standard output and FLUKA's own logs."""
        return outcome.logs(folder)

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the scoring files of all tasks."""
        return merge.merge(outputs, files, tasks.read_deck(files))
