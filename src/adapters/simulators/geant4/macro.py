"""Macros of Geant4: the one of a project, and the commands of any that matter here."""

from adapters.simulators.geant4.forbidden_commands import check_reach
from adapters.simulators.geant4.macro_files import BEAM_ON, Macro
from adapters.simulators.geant4.scoring import Scoring
from adapters.simulators.geant4.source import plain, source_lines
from adapters.simulators.native.numbers import check_primaries, real, replaced, whole
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.source import Beam
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

GEOMETRY_SUFFIX = ".gdml"
MACRO, GEOMETRY = "run.mac", "geometry.gdml"
SEEDS, DUMP = "/random/setSeeds", "/score/dumpQuantityToFile"
ALL_DUMPS = "/score/dumpAllQuantitiesToFile"
MOST_SEEDS = 2**31 - 2
SECOND_SEED = 1_000_003
"""Added to the first seed for the second one, which must differ too."""

CENTRE = "# middle of the world in the scene:"
"""A comment that leads from Geant4's coordinates to the project's, where they differ."""

TOLD = 100
"""How often a run tells its progress."""


def geometry_name(files: InputFiles) -> str:
    """Return the one GDML file; InvalidInput if there is none or there are several."""
    names = sorted(name for name in files if name.lower().endswith(GEOMETRY_SUFFIX))
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise InvalidInput("input_files", f"Geant4 needs one {GEOMETRY_SUFFIX} file: {found}")
    return names[0]


def total_primaries(files: InputFiles) -> int:
    """Return the argument of /run/beamOn."""
    geometry_name(files)
    macro = Macro(files)
    check_reach(macro, files)
    check_file_names(dumped_files(files))
    found = macro.beam_on()
    text = found.words[0].text if found.words else ""
    return check_primaries(whole(text), macro.shown(found))


def task_files(files: InputFiles, primaries: int, seed: int) -> InputFiles:
    """Return the files with a task's primaries and seeds; seeds go before the run if missing."""
    macro = Macro(files)
    lines = {name: text.splitlines(keepends=True) for name, text in macro.texts.items()}
    start, present = macro.beam_on(), list(macro.commands(SEEDS))
    first = (seed - 1) % MOST_SEEDS + 1
    second = (first + SECOND_SEED - 1) % MOST_SEEDS + 1
    seeds = f"{first} {second}"
    changes = {item.line: (item.words[0].start, item.words[-1].end, seeds) for item in present}
    word = start.words[0]
    changes[start.line] = word.start, word.end, str(primaries)
    for line, (begin, end, text) in changes.items():
        own = lines[line.file]
        own[line.number] = replaced(own[line.number], begin, end, text)
    if not present:
        lines[start.line.file].insert(start.line.number, f"{SEEDS} {seeds}\n")
    changed = {line.file for line in changes}
    texts = {name: "".join(lines[name]).encode("utf-8", "surrogateescape") for name in changed}
    return {**files, **texts}


def dumped_files(files: InputFiles) -> list[str]:
    """Return the files that the macro dumps quantities to, in its order."""
    macro = Macro(files)
    single = {item.place: item.words[2:3] for item in macro.commands(DUMP)}
    whole_meshes = {item.place: item.words[1:2] for item in macro.commands(ALL_DUMPS)}
    found = {**single, **whole_meshes}
    return list(dict.fromkeys(word.text for place in sorted(found) for word in found[place]))


def world_centre(files: InputFiles) -> Vector:
    """Return where the middle of the world is in the project's coordinates, in cm."""
    for line in (item.text for item in Macro(files).lines):
        values = [real(word) for word in line.removeprefix(CENTRE).split()[:3]]
        if line.startswith(CENTRE) and len(values) == 3:
            x, y, z = (value or 0.0 for value in values)
            return x, y, z
    return 0.0, 0.0, 0.0


def project_macro(beam: Beam, scoring: Scoring, centre: Vector, drawn: bool) -> str:
    """Return the macro of a project."""
    interval = max(1, beam.number_of_particles // TOLD)
    lines = [
        *([f"{CENTRE} {' '.join(plain(value) for value in centre)} cm"] if any(centre) else []),
        "/run/initialize",
        "",
        *_heading("Particle Source definition"),
        *source_lines(beam, centre, drawn),
        "",
        *_heading("Scoring"),
        *scoring.lines(centre),
        "",
        *_heading("Run"),
        f"/run/printProgress {interval}",
        f"{BEAM_ON} {beam.number_of_particles}",
        "",
        *_heading("Collect results"),
        *scoring.dumps,
    ]
    return "\n".join(lines) + "\n"


def _heading(text: str) -> list[str]:
    bar = "#" * 42
    return [bar, f" {text} ".center(42, "#"), bar, ""]
