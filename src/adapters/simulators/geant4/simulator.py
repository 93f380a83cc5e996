"""A Geant4 application behind the Simulator port."""

import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adapters.simulators.geant4 import macro, outcome, spectra, tables, tree
from adapters.simulators.geant4.gdml import gdml
from adapters.simulators.geant4.macro_files import Macro
from adapters.simulators.geant4.progress import Geant4Progress
from adapters.simulators.geant4.scoring import scoring_of
from adapters.simulators.geant4.source import check_beam
from adapters.simulators.native.scene_checks import check_physics, check_start
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
DATA_VARIABLE = re.compile(r"G4\w*DATA|GEANT4_DATA_DIR")
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
        "dose, energy and fluence with filters in Mesh and Cyl, spectra of kinetic energy"
    )
    most_task_primaries = macro.MOST_EVENTS
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
        check_start(read, TITLE, world.solid)
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

    def check_scored(self, files: InputFiles) -> None:
        """Refuse a macro that keeps nothing of what it scores."""
        macro.check_scored(files)

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
        return Command([str(executable), *words], data_variables(os.environ))

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the events on standard output."""
        return Geant4Progress(primaries, self._clock)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return what the merge needs of the dumped tables, and the histograms of spectra."""
        spectra.check_filled(log)
        outcome.check_outcome(exit_code, log)
        files = {path.name: path.read_bytes() for path in folder.glob("*.mac")}
        names, wanted = macro.dumped_files(files), spectra.histograms(Macro(files))
        check_file_names(dict.fromkeys(names, b""))
        found = outcome.spectra(folder, wanted, log)
        kept = outcome.outputs(folder, names, log) if names or not wanted else []
        # A table that breaks off fails its own task here, not the merge of all.
        made = tables.meshes(files)
        return [*(tables.condensed(path, made) for path in kept), *found]

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the tables and spectra of all tasks."""
        made, wanted = tables.meshes(files), spectra.histograms(Macro(files))
        shift, runs = macro.world_centre(files), macro.dumping_runs(files)
        by_file = {spectra.file_of(name): item for name, item in wanted.items()}

        def find(output: TaskOutput, name: str) -> Path | None:
            if name in by_file:
                return spectra.find_spectrum(output.folder, by_file[name].name)
            return tables.find_tables(output.folder, name)

        def read(path: Path, primaries: int) -> ScoredFile:
            # What is read is known by its name, which the application may have begun otherwise.
            for histogram in wanted.values():
                if path.name.endswith(f"_h1_{histogram.name}.csv"):
                    return spectra.read_spectrum(path, primaries, histogram)
            run = runs.get(tables.dumped_name(path), 0)
            own = macro.run_primaries(files, primaries)[run]
            return tables.read_tables(path, own, made, shift)

        if OUTPUTS in files:
            plan: Plan = read_plan(files[OUTPUTS])
            return merge_plan(plan, outputs, find, NAME, read)
        names = [*macro.dumped_files(files), *by_file]
        return merge_by_file(names, outputs, find, NAME, read)


def data_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what tells Geant4 where its data sets lie; a run gets nothing else of the worker's."""
    return {name: value for name, value in environment.items() if DATA_VARIABLE.fullmatch(name)}
