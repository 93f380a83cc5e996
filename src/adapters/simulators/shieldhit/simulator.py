"""SHIELD-HIT12A behind the Simulator port."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from adapters.simulators.project.reading import read_project
from adapters.simulators.runs.engine import SiteEngine
from adapters.simulators.scored_output.plan import OUTPUTS, merge_by_file, merge_plan, read_plan
from adapters.simulators.shieldhit import beam, geometry, input_files, modulator, run_log, scoring
from adapters.simulators.shieldhit.media import Media
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    ProgressParser,
    TaskOutput,
)
from domain.estimator import Estimator

NAME = "shieldhit"


class ShieldHit(SiteEngine):
    """Simulator port; knows everything of SHIELD-HIT12A and nothing else."""

    name = NAME
    title = "SHIELD-HIT12A"
    abilities = (
        "protons, neutrons, mesons and ions; all figures; "
        "filters, differential scoring, phase space"
    )
    program = "shieldhit"
    version_question = ("--version",)

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make beam.dat, geo.dat, mat.dat and detect.dat, and files that they name."""
        read = read_project(project)
        beam.check_beam(read)
        geometry.check_geometry(read)
        modulated = modulator.read_modulator(read)
        media = Media(read)
        # The geometry and the scoring add media, which mat.dat then lists.
        geo_dat = geometry.geo_dat(read, media)
        scored = scoring.scoring_of(read, media, skip_unsupported)
        files = {
            input_files.BEAM: beam.beam_dat(read, modulated).encode(),
            input_files.GEOMETRY: geo_dat.encode(),
            input_files.MATERIALS: media.text().encode(),
            input_files.SCORING: scored.text.encode(),
            OUTPUTS: scored.plan.text(),
            **beam.beam_files(read),
            **media.files(),
        }
        if modulated is not None:
            files[modulated.name] = modulated.content.encode()
        return Conversion(files, read.beam.number_of_particles, scored.plan.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return NSTAT of beam.dat; the other files must be there."""
        return input_files.total_primaries(files)

    def check_scored(self, files: InputFiles) -> None:
        """Refuse files without any output."""
        input_files.check_scored(files)

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files with the task's primaries; the seed goes onto the command line."""
        del seed
        return input_files.with_primaries(files, primaries)

    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the command: the seed is an offset to RNDSEED, and numbers outputs and log."""
        return Command([str(executable), "-N", str(seed), str(folder)])

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the numbers of primaries in the log."""
        return run_log.PrimaryParser(primaries)

    def progress_log(self, folder: Path) -> Path | None:
        """Return the log, which has the number of the seed in its name."""
        return run_log.progress_log(folder)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the .bdo files, each read once to see that it is whole."""
        return run_log.collect(folder, exit_code, log)

    def log_files(self, folder: Path) -> Sequence[Path]:
        """Return its log and its standard output."""
        return run_log.log_files(folder)

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the outputs of all tasks; those of plain files are named after the files."""
        if OUTPUTS in files:
            return merge_plan(read_plan(files[OUTPUTS]), outputs, _find, NAME)
        names = input_files.output_names(files) or _names(outputs)
        return merge_by_file(names, outputs, _find, NAME)


def _find(output: TaskOutput, name: str) -> Path | None:
    """Return an output of a task, which has the number of the task behind its name."""
    own = re.compile(re.escape(name) + r"_?\d{4,}\.bdo")
    paths = sorted(output.folder.glob("*.bdo"))
    numbered = next((path for path in paths if own.fullmatch(path.name)), None)
    plain = output.folder / f"{name}.bdo"
    return numbered or (plain if plain.exists() else None)


def _names(outputs: Sequence[TaskOutput]) -> Sequence[str]:
    stems = {path.stem for output in outputs for path in output.folder.glob("*.bdo")}
    return sorted({re.sub(r"_?\d{4,}$", "", stem) or stem for stem in stems})
