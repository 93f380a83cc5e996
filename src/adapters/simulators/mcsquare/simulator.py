"""MCsquare behind the Simulator port."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from adapters.simulators.mcsquare import (
    beam,
    config,
    installation,
    merge,
    outcome,
    reduction,
    voxels,
)
from adapters.simulators.mcsquare.grid import Grid
from adapters.simulators.mcsquare.materials import BLACK_HOLE, zone_fillings
from adapters.simulators.mcsquare.scoring import SCORING, Scoring, scoring_of
from adapters.simulators.mcsquare.scoring_grid import scoring_grid
from adapters.simulators.project.model import Project
from adapters.simulators.project.reading import read_project
from adapters.simulators.project.scene import WORLD, zone_numbers
from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    Installation,
    ProgressParser,
    TaskOutput,
)
from domain.errors import InvalidInput, SimulatorNotInstalled, Unsupported
from domain.estimator import Estimator

NAME = "mcsquare"
OFF = frozenset({"no straggling", "no scattering"})


class McSquare:
    """Simulator port; knows everything of MCsquare and nothing else."""

    def __init__(self, simulators_dir: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._simulators_dir = simulators_dir
        self._clock = clock

    @property
    def name(self) -> str:
        """The `sim_type` on the wire."""
        return NAME

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make input files from an editor project: voxels, a plan, and what to score."""
        read = read_project(project)
        beam.check_beam(read)
        _check_physics(read)
        _check_scene(read)
        scoring = scoring_of(read, skip_unsupported)
        files = _project_files(read, scoring)
        return Conversion(files, read.beam.number_of_particles, scoring.left_out)

    def total_primaries(self, files: InputFiles) -> int:
        """Return the number in the line Num_Primaries of config.txt."""
        return config.total_primaries(_config(files))

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files of one task, the image expanded."""
        text = _config(files)
        config.check_paths(text)
        own = {**files, config.CONFIG: config.with_share(text, primaries, seed)}
        if "CT.raw.gz" in own:
            own["CT.raw"] = voxels.expand_image(own)
            del own["CT.raw.gz"]
        return own

    def find(self) -> Installation | None:
        """Return where MCsquare is installed, or None."""
        return installation.find(self._simulators_dir)

    def command(self, folder: Path, seed: int) -> Command:
        """Return the command, which finds its configuration in the folder it runs in."""
        del folder, seed
        found = self.find()
        if found is None:
            raise SimulatorNotInstalled(NAME, "run: yaptide simulators install mcsquare")
        materials = found.executable.parent / "Materials"
        return Command([str(found.executable)], {"MCsquare_Materials_Dir": str(materials)})

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a parser of the percentages on standard output."""
        return outcome.PercentParser(primaries, self._clock)

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the file with the sums of this task."""
        outcome.check_outcome(exit_code, log)
        if (folder / SCORING).exists():
            return [reduction.reduce_project(folder)]
        return [reduction.reduce_grid(folder)]

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


def _check_physics(project: Project) -> None:
    physic = project.physic
    for field, value in (
        ("energyModelStraggling", physic.energy_model_straggling),
        ("multipleScattering", physic.multiple_scattering),
    ):
        if value.lower() in OFF:
            raise Unsupported(f"physic.{field}", "MCsquare can't switch it off")


def _check_scene(project: Project) -> None:
    """Refuse scenes that are built in another way, and those in which nothing could be hit."""
    for index, figure in enumerate(project.figure_manager.figures):
        if figure.of_geant4:
            field = f"figureManager.figures[{index}]"
            reason = "is of a scene for Geant4; MCsquare takes figures joined to zones"
            raise Unsupported(field, f"figure {figure.name!r} {reason}")
    if not any(filling.scores for filling in zone_fillings(project)):
        raise Unsupported("zoneManager.zones", "no zone is filled with anything to score in")


def _project_files(project: Project, scoring: Scoring) -> dict[str, bytes]:
    image = voxels.scene_grid(project)
    zones = voxels.zones_on(project, image)
    _check_black_hole(project, image)
    origin = (image.x.start, image.y.start, image.z.start)
    scoring = Scoring(scoring.outputs, scoring.left_out, origin)
    grid = scoring_grid([output.region for output in scoring.outputs], image)
    nuclear = project.physic.enable_nuclear_reactions
    primaries = project.beam.number_of_particles
    files = {
        **voxels.image_files(project, image, zones),
        **beam.beam_files(project, image),
        config.CONFIG: config.project_config(primaries, nuclear, scoring.let, grid, image),
        SCORING: scoring.text(),
    }
    if any(output.region.kind == "Zone" for output in scoring.outputs):
        files[reduction.ZONES] = voxels.zones_file(zones)
    return files


def _check_black_hole(project: Project, image: Grid) -> None:
    """Refuse a beam that would cross a black hole, which here lets everything through."""
    materials = project.materials()
    if materials[project.zone_manager.world_zone.material_uuid].icru != BLACK_HOLE:
        return
    direction = np.array(project.beam.direction, dtype=np.float64)
    direction /= np.linalg.norm(direction)
    far = sum(axis.spacing * axis.count for axis in image.axes) + float(
        np.linalg.norm(project.beam.position)
    )
    along = np.arange(0.0, far, image.z.spacing / 2)
    points = np.array(project.beam.position)[:, None] + direction[:, None] * along
    filled = zone_numbers(project, points) > WORLD
    if np.count_nonzero(np.diff(filled.astype(np.int8)) == 1) + int(filled[0]) > 1:
        raise Unsupported("zoneManager.worldZone", "the beam crosses a black hole between zones")
