"""A Geant4 application behind the Simulator port."""

import shlex
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adapters.simulators.geant4 import macro, outcome, tables, tree
from adapters.simulators.geant4.gdml import gdml
from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.geant4.progress import Geant4Progress
from adapters.simulators.geant4.scoring import scoring_of
from adapters.simulators.geant4.source import check_beam
from adapters.simulators.native.scene_checks import check_physics
from adapters.simulators.project.reading import read_project
from adapters.simulators.runs.engine import Engine
from adapters.simulators.scored_output.plan import (
    OUTPUTS,
    Plan,
    merge_by_file,
    merge_plan,
    read_plan,
)
from adapters.simulators.scored_output.scored_file import ScoredFile
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    Installation,
    ProgressParser,
    TaskOutput,
)
from application.submission.file_names import check_file_names
from domain.estimator import Estimator

NAME = "geant4"
TITLE = "Geant4"
GEOMETRY_WORD, MACRO_WORD = "{geometry}", "{macro}"


class Geant4(Engine):
    """Simulator port; knows everything of Geant4's files, and what the site's application is.

    `command` is how that is started, split into words as a shell does and never given to one.
    `{geometry}` and `{macro}` in it stand for the files; without them both are added, in this
    order.
    """

    name = NAME
    title = TITLE
    abilities = (
        "all its particles and ions; volumes in volumes, or figures that lie whole in each other; "
        "dose, energy and fluence with filters in Mesh and Cyl"
    )
    remedy = "set GEANT4_COMMAND to the site's application, which takes a GDML file and a macro"

    def __init__(self, command: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._words = shlex.split(command)
        self._clock = clock

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make geometry and macro, and the plan that tells which output is which quantity."""
        read = read_project(project)
        drawn = any(figure.of_geant4 for figure in read.figure_manager.figures)
        check_beam(read.beam, drawn)
        check_physics(read, TITLE)
        world = tree.world_volume(read)
        centre = tree.centre(read)
        scoring = scoring_of(read, drawn, skip_unsupported)
        text = macro.project_macro(read.beam, scoring, centre, drawn)
        files = {
            macro.GEOMETRY: gdml(world).encode(),
            macro.MACRO: text.encode(),
            OUTPUTS: scoring.plan().text(),
        }
        return Conversion(files, read.beam.number_of_particles, scoring.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return the argument of /run/beamOn."""
        return macro.total_primaries(files)

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files with a task's primaries and seeds."""
        return macro.task_files(files, primaries, seed)

    def find(self) -> Installation | None:
        """Return where the site's application is, or None."""
        found = shutil.which(self._words[0]) if self._words else None
        return Installation(Path(found).absolute(), "of the site") if found else None

    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the site's command for the geometry and the macro in `folder`."""
        del seed
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        named = {
            GEOMETRY_WORD: f"./{macro.geometry_name(files)}",
            MACRO_WORD: f"./{Macro(files).name}",
        }
        words = [named.get(word, word) for word in self._words[1:]]
        if not any(word in named for word in self._words):
            words += named.values()
        return Command([str(executable), *words])

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the events on standard output."""
        return Geant4Progress(primaries, self._clock)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return what the merge needs of the dumped tables."""
        outcome.check_outcome(exit_code, log)
        files = {path.name: path.read_bytes() for path in folder.glob("*.mac")}
        names = macro.dumped_files(files)
        check_file_names(dict.fromkeys(names, b""))
        kept = outcome.outputs(folder, names, log)
        # A table that breaks off fails its own task here, not the merge of all.
        made = tables.meshes(files)
        return [tables.condensed(path, made) for path in kept]

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the tables of all tasks."""
        made = tables.meshes(files)
        shift = macro.world_centre(files)

        def read(path: Path, primaries: int) -> ScoredFile:
            return tables.read_tables(path, primaries, made, shift)

        if OUTPUTS in files:
            plan: Plan = read_plan(files[OUTPUTS])
            return merge_plan(plan, outputs, _find, NAME, read)
        return merge_by_file(macro.dumped_files(files), outputs, _find, NAME, read)


def _find(output: TaskOutput, name: str) -> Path | None:
    return tables.find_tables(output.folder, name)
