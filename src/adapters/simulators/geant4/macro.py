"""Macros of Geant4: the one of a project, and the commands of any that matter here."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.simulators.geant4.scoring import Scoring
from adapters.simulators.geant4.source import plain, source_lines
from adapters.simulators.native.numbers import check_primaries, quoted, real, replaced, whole
from adapters.simulators.project.geometry import Vector
from adapters.simulators.project.model import Beam
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIX = ".mac"
GEOMETRY_SUFFIX = ".gdml"
MACRO, GEOMETRY = "run.mac", "geometry.gdml"
BEAM_ON, SEEDS, DUMP = "/run/beamOn", "/random/setSeeds", "/score/dumpQuantityToFile"
ALL_DUMPS = "/score/dumpAllQuantitiesToFile"
MOST_SEEDS = 2**31 - 2
SECOND_SEED = 1_000_003
"""Added to the first seed for the second one, which must differ too."""

CENTRE = "# middle of the world in the scene:"
"""A comment that leads from Geant4's coordinates to the project's, where they differ."""

TOLD = 100
"""How often a run tells its progress."""


@dataclass(frozen=True, slots=True)
class Word:
    """A command's argument, and where it stands in its line."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a macro: its line (from 0) and its arguments."""

    line: int
    words: Sequence[Word]


class Macro:
    """The macro of a job, line by line; what stands behind # is a comment."""

    def __init__(self, files: InputFiles) -> None:
        names = sorted(name for name in files if name.lower().endswith(SUFFIX))
        texts = {name: files[name].decode("utf-8", "surrogateescape") for name in names}
        self.name = _only([name for name in names if BEAM_ON.lower() in texts[name].lower()])
        self.text = texts[self.name]
        self.lines = self.text.splitlines()

    def commands(self, path: str) -> Iterator[Command]:
        """Yield the commands with this path, whatever its case."""
        for number, line in enumerate(self.lines):
            words = [Word(m[0], m.start(), m.end()) for m in re.finditer(r"[^\s#]+|#.*", line)]
            words = [word for word in words if not word.text.startswith("#")]
            if words and words[0].text.lower() == path.lower():
                yield Command(number, words[1:])

    def beam_on(self) -> Command:
        """Return the one command that starts the run; InvalidInput shows them if there are more."""
        found = list(self.commands(BEAM_ON))
        if len(found) != 1:
            shown = quoted(self.name, self.lines, [item.line for item in found]) or "none"
            raise InvalidInput("input_files", f"one {BEAM_ON} is needed: {shown}")
        return found[0]

    def shown(self, item: Command) -> str:
        """Return a command as it is shown in an error."""
        return quoted(self.name, self.lines, [item.line])


def _only(names: Sequence[str]) -> str:
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise InvalidInput("input_files", f"Geant4 needs one {SUFFIX} with {BEAM_ON}: {found}")
    return names[0]


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
    found = macro.beam_on()
    text = found.words[0].text if found.words else ""
    return check_primaries(whole(text), macro.shown(found))


def task_files(files: InputFiles, primaries: int, seed: int) -> InputFiles:
    """Return the files with a task's primaries and seeds; seeds go before the run if missing."""
    macro = Macro(files)
    lines = macro.text.splitlines(keepends=True)
    start = macro.beam_on()
    first = (seed - 1) % MOST_SEEDS + 1
    second = (first + SECOND_SEED - 1) % MOST_SEEDS + 1
    word = start.words[0]
    lines[start.line] = replaced(lines[start.line], word.start, word.end, str(primaries))
    seeds = f"{first} {second}"
    present = list(macro.commands(SEEDS))
    for item in present:
        begin, end = item.words[0].start, item.words[-1].end
        lines[item.line] = replaced(lines[item.line], begin, end, seeds)
    if not present:
        lines.insert(start.line, f"{SEEDS} {seeds}\n")
    return {**files, macro.name: "".join(lines).encode("utf-8", "surrogateescape")}


def dumped_files(files: InputFiles) -> list[str]:
    """Return the files that the macro dumps quantities to, in its order."""
    macro = Macro(files)
    single = {item.line: item.words[2:3] for item in macro.commands(DUMP)}
    whole_meshes = {item.line: item.words[1:2] for item in macro.commands(ALL_DUMPS)}
    found = {**single, **whole_meshes}
    return list(dict.fromkeys(word.text for line in sorted(found) for word in found[line]))


def world_centre(files: InputFiles) -> Vector:
    """Return where the middle of the world is in the project's coordinates, in cm."""
    for line in Macro(files).lines:
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
