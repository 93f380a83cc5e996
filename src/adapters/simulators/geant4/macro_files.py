"""The macros of a job: the one that is run with those it executes, as one list of lines.

What stands behind # is a comment. A macro is executed by `/control/execute NAME`; one that is not
among the files is left to Geant4.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.simulators.native.numbers import quoted
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIX = ".mac"
BEAM_ON, EXECUTE = "/run/beamOn", "/control/execute"


@dataclass(frozen=True, slots=True)
class Word:
    """A command's argument, and where it stands in its line."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, numbered from 0."""

    file: str
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its line, its place among all lines as they are executed, and its arguments."""

    line: Line
    place: int
    words: Sequence[Word]


class Macro:
    """The macro that is run; InvalidInput unless one file alone starts the run."""

    def __init__(self, files: InputFiles) -> None:
        self.texts: Mapping[str, str] = {
            name: files[name].decode("utf-8", "surrogateescape")
            for name in sorted(files)
            if name.lower().endswith(SUFFIX)
        }
        self.name = _entry(_holder(self.texts), self.texts)
        self.lines = list(_executed(self.name, self.texts, ()))

    def commands(self, path: str) -> Iterator[Command]:
        """Yield the commands with this path, whatever its case."""
        for place, line in enumerate(self.lines):
            words = words_of(line.text)
            if words and words[0].text.lower() == path.lower():
                yield Command(line, place, words[1:])

    def beam_on(self) -> Command:
        """Return the one command that starts the run; InvalidInput shows them if there are more."""
        found = list(self.commands(BEAM_ON))
        if len(found) != 1:
            shown = "; ".join(self.shown(item) for item in found) or "none"
            raise InvalidInput("input_files", f"one {BEAM_ON} is needed: {shown}")
        return found[0]

    def shown(self, item: Command) -> str:
        """Return a command as it is shown in an error."""
        lines = self.texts[item.line.file].splitlines()
        return quoted(item.line.file, lines, [item.line.number])


def words_of(line: str) -> list[Word]:
    """Return the words of a line in front of its comment."""
    words = [Word(m[0], m.start(), m.end()) for m in re.finditer(r"[^\s#]+|#.*", line)]
    return [word for word in words if not word.text.startswith("#")]


def _holder(texts: Mapping[str, str]) -> str:
    """Return the macro that starts the run."""
    names = [name for name, text in texts.items() if list(_named(BEAM_ON, text))]
    # One that only speaks of it in a comment is shown with the error that follows.
    names = names or [name for name, text in texts.items() if BEAM_ON.lower() in text.lower()]
    if len(names) != 1:
        found = ", ".join(names) or "none"
        raise InvalidInput("input_files", f"Geant4 needs one {SUFFIX} with {BEAM_ON}: {found}")
    return names[0]


def _named(path: str, text: str) -> Iterator[list[Word]]:
    for line in text.splitlines():
        words = words_of(line)
        if words and words[0].text.lower() == path.lower():
            yield words


def _entry(name: str, texts: Mapping[str, str]) -> str:
    """Return the macro that leads to another, as long as one alone executes it."""
    seen = {name}
    while True:
        by = [other for other, text in texts.items() if name in _executes(text)]
        if len(by) != 1 or by[0] in seen:
            return name
        name = by[0]
        seen.add(name)


def _executes(text: str) -> set[str]:
    return {_plain(words[1].text) for words in _named(EXECUTE, text) if len(words) > 1}


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _executed(name: str, texts: Mapping[str, str], within: tuple[str, ...]) -> Iterator[Line]:
    """Yield the lines of a macro, those of the macros it executes in their place."""
    for number, text in enumerate(texts[name].splitlines()):
        words = words_of(text)
        if len(words) > 1 and words[0].text.lower() == EXECUTE:
            other = _plain(words[1].text)
            if other in texts and other not in (*within, name):
                yield from _executed(other, texts, (*within, name))
                continue
        yield Line(name, number, text)
