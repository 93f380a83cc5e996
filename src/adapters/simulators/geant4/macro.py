"""Macros of Geant4: the one of a project, and the commands of any that matter here."""

from collections.abc import Callable, Mapping, Sequence

from adapters.simulators.geant4.forbidden_commands import check_reach
from adapters.simulators.geant4.macro_files import BEAM_ON, Line, Macro, Word
from adapters.simulators.geant4.scoring import Scoring
from adapters.simulators.geant4.source import ion_lines, plain, source_lines
from adapters.simulators.geant4.spectra import FILL, spectrum_names
from adapters.simulators.native.numbers import check_primaries, real, replaced, whole
from adapters.simulators.native.shares import shares
from adapters.simulators.native.text_files import TextFile
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
MOST_EVENTS = 2**31 - 1
"""What an integer parameter of a command holds."""

SECOND_SEED = 1_000_003
"""Added to the first seed for the second one, which must differ too."""

NEXT_SEED = 500_009
"""Added to the seed for each further place of a macro that sets seeds."""

Change = Callable[[str], str]
"""What becomes of a line."""

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
    """Return the arguments of all /run/beamOn together."""
    geometry_name(files)
    macro = Macro(files)
    check_reach(macro, files)
    check_file_names(dumped_files(files))
    runs = macro.runs()
    shown = "; ".join(macro.shown(item) for item in runs)
    if len(runs) > 1 and not _tells(macro, files):
        raise InvalidInput("input_files", f"one {BEAM_ON} is needed where nothing is kept: {shown}")
    return check_primaries(sum(_counts(macro)), shown)


def check_scored(files: InputFiles) -> None:
    """Refuse a macro that keeps nothing of what it scores."""
    macro = Macro(files)
    if not _tells(macro, files):
        reason = f"{macro.name} keeps no results: it needs {DUMP}, {ALL_DUMPS} or {FILL}"
        raise InvalidInput("input_files", reason)


def _tells(macro: Macro, files: InputFiles) -> bool:
    return bool(dumped_files(files) or spectrum_names(macro))


def _counts(macro: Macro) -> list[int]:
    """Return the primaries of each run; InvalidInput shows what is no number."""
    return [
        check_primaries(whole(item.words[0].text if item.words else ""), macro.shown(item))
        for item in macro.runs()
    ]


def task_files(files: InputFiles, primaries: int, seed: int) -> InputFiles:
    """Return the files with a task's primaries, shared among its runs as before, and seeds.

    A run that no seeds are set before gets some in front of it.
    """
    macro = Macro(files)
    runs, present = macro.runs(), list(macro.commands(SEEDS))
    numbers = shares(_counts(macro), primaries)
    changes: dict[Line, Change] = {
        item.line: _change(item.words[:1], str(number))
        for item, number in zip(runs, numbers, strict=True)
    }
    for place, item in enumerate(present):
        if item.words:
            changes[item.line] = _change(item.words, _seeds(seed, place))
    first = runs[0]
    before: dict[str, dict[int, str]] = {}
    if not any(item.place < first.place for item in present):
        before[first.line.file] = {first.line.number: f"{SEEDS} {_seeds(seed, len(present))}"}
    changed = {line.file for line in changes} | set(before)
    return {
        **files,
        **{name: _written(macro.texts[name], name, changes, before) for name in changed},
    }


def _seeds(seed: int, place: int) -> str:
    """Return two seeds; no two places of a macro get the same."""
    first = (seed - 1 + place * NEXT_SEED) % MOST_SEEDS + 1
    return f"{first} {(first + SECOND_SEED - 1) % MOST_SEEDS + 1}"


def _change(words: Sequence[Word], text: str) -> Change:
    start, end = words[0].start, words[-1].end
    return lambda line: replaced(line, start, end, text)


def _written(
    text: TextFile,
    name: str,
    changes: Mapping[Line, Change],
    before: Mapping[str, Mapping[int, str]],
) -> bytes:
    own = {line.number: change for line, change in changes.items() if line.file == name}
    return text.with_lines(own, before.get(name))


def dumped_files(files: InputFiles) -> list[str]:
    """Return the files that the macro dumps quantities to, in its order."""
    return list(dumping_runs(files))


def dumping_runs(files: InputFiles) -> dict[str, int]:
    """Return which run (from 0) each dumped file is of: the last one before it."""
    macro = Macro(files)
    single = {item.place: item.words[2:3] for item in macro.commands(DUMP)}
    whole_meshes = {item.place: item.words[1:2] for item in macro.commands(ALL_DUMPS)}
    found = {**single, **whole_meshes}
    starts = [item.place for item in macro.commands(BEAM_ON)]
    return {
        word.text: max(sum(start < place for start in starts) - 1, 0)
        for place in sorted(found)
        for word in found[place]
    }


def run_primaries(files: InputFiles, primaries: int) -> list[int]:
    """Return the primaries of each run of a task."""
    return shares(_counts(Macro(files)), primaries)


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
        *ion_lines(scoring.ions),
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
        *scoring.written_spectra(),
    ]
    return "\n".join(lines) + "\n"


def _heading(text: str) -> list[str]:
    bar = "#" * 42
    return [bar, f" {text} ".center(42, "#"), bar, ""]
