"""MCsquare behind the Simulator port."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from adapters.simulators.mcsquare import (
    beam,
    config,
    installation,
    merge,
    outcome,
    reduction,
    refusals,
    voxels,
)
from adapters.simulators.mcsquare.demands import zone_shapes
from adapters.simulators.mcsquare.materials import zone_fillings
from adapters.simulators.mcsquare.partial_volumes import compose
from adapters.simulators.mcsquare.scoring import SCORING, Scoring, scoring_of
from adapters.simulators.mcsquare.scoring_grid import Unresolved, finest_bin, scoring_grid
from adapters.simulators.project.model import Project
from adapters.simulators.project.reading import read_project
from adapters.simulators.runs.engine import Engine
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    Installation,
    ProgressParser,
    TaskOutput,
)
from domain.errors import InvalidInput
from domain.estimator import Estimator

NAME = installation.NAME


class McSquare(Engine):
    """Simulator port; knows everything of MCsquare and nothing else."""

    name = NAME
    title = "MCsquare"
    abilities = "protons in voxels; dose, energy and dose-averaged LET in Mesh, Cyl, Zone and All"
    remedy = "run: yaptide simulators install mcsquare"

    def __init__(self, simulators_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._simulators_dir = simulators_dir
        self._clock = clock

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make input files from an editor project: voxels, a plan, and what to score."""
        read = read_project(project)
        beam.check_beam(read)
        refusals.check_scene(read)
        scoring = scoring_of(read, skip_unsupported)
        while True:
            try:
                files = _project_files(read, scoring)
            except Unresolved as error:
                if not skip_unsupported:
                    raise
                scoring = scoring.without(error.detector, error)
            else:
                return Conversion(files, read.beam.number_of_particles, scoring.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return the number in the line Num_Primaries of config.txt; paths are checked as well."""
        _check_paths(files)
        return config.total_primaries(_config(files))

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files of one task, the image expanded."""
        text = _config(files)
        _check_paths(files)
        own = {**files, config.CONFIG: config.with_share(text, primaries, seed)}
        if "CT.raw.gz" in own:
            own["CT.raw"] = voxels.expand_image(own)
            del own["CT.raw.gz"]
        return own

    def find(self) -> Installation | None:
        """Return where MCsquare is installed, or None."""
        return installation.find(self._simulators_dir)

    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the command, which finds its configuration in the folder it runs in."""
        del folder, seed
        materials = executable.parent / "Materials"
        return Command([str(executable)], {"MCsquare_Materials_Dir": str(materials)})

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the percentages on standard output."""
        return outcome.PercentParser(primaries, self._clock)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the file with the sums of this task."""
        primaries = outcome.check_outcome(exit_code, log)
        if (folder / SCORING).exists():
            return [reduction.reduce_project(folder, primaries)]
        return [reduction.reduce_grid(folder, primaries)]

    def log_files(self, folder: Path) -> Sequence[Path]:
        """Return the standard output; MCsquare keeps no other log."""
        return outcome.outputs_of(folder)

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the sums of all tasks."""
        return merge.merge(outputs, files)


def _config(files: InputFiles) -> bytes:
    if config.CONFIG not in files:
        raise InvalidInput("input_files", f"MCsquare needs a file {config.CONFIG}")
    return files[config.CONFIG]


def _check_paths(files: InputFiles) -> None:
    config.check_paths(_config(files))
    config.check_image_headers(files)


def _project_files(project: Project, scoring: Scoring) -> dict[str, bytes]:
    image = voxels.scene_grid(project)
    layers = compose(project, image)
    refusals.check_masses(project, image, layers)
    composition = layers.expanded()
    refusals.check_small_figures(project, image)
    refusals.check_black_hole(project, image)
    fillings = zone_fillings(project)
    origin = (image.x.start, image.y.start, image.z.start)
    scoring = Scoring(scoring.outputs, scoring.left_out, origin, fillings)
    regions = [output.region for output in scoring.outputs]
    shapes = {
        item.zone: zone_shapes(project, image, item.zone) for item in regions if item.zone >= 0
    }
    grid = scoring_grid(regions, image, shapes)
    nuclear = project.physic.enable_nuclear_reactions
    primaries = project.beam.number_of_particles
    files = {
        **voxels.image_files(image, composition, fillings),
        **beam.beam_files(project, image),
        config.CONFIG: config.project_config(
            primaries, nuclear, scoring.let, grid, image, finest_bin(regions)
        ),
        SCORING: scoring.text(),
    }
    if shapes or composition.voxels.size:
        files[reduction.COMPOSITION] = layers.file()
    return files
