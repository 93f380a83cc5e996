"""The macros of a job: the one that is run with those it executes, as one list of lines.

What stands behind # is a comment. A macro is executed by `/control/execute NAME`; one that is not
among the files is left to Geant4. `{name}` stands for what `/control/alias name value` said.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.simulators.native.numbers import quoted
from adapters.simulators.native.text_files import TextFile, read_text
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIX = ".mac"
BEAM_ON, EXECUTE, ALIAS = "/run/beamOn", "/control/execute", "/control/alias"
LOOPS = ("/control/loop", "/control/foreach")
NAMED = re.compile(r"\{([^{}\s]+)\}")
DEEPEST_ALIAS = 10


@dataclass(frozen=True, slots=True)
class Word:
    """A command's argument with aliases replaced, and where it stands in its line."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file, numbered from 0, with the aliases that hold there."""

    file: str
    number: int
    text: str
    aliases: Mapping[str, str] = field(compare=False)

    @property
    def words(self) -> list[Word]:
        """The words in front of the comment; an alias of several words is as many."""
        return [
            Word(text, word.start, word.end)
            for word in words_of(self.text)
            for text in replaced_aliases(word.text, self.aliases).split()
        ]

    @property
    def plain(self) -> str:
        """The line as Geant4 reads it: without comment and aliases."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its line, its place among all lines as they are executed, and its arguments."""

    line: Line
    place: int
    words: Sequence[Word]


class Macro:
    """The macro that is run; InvalidInput unless one alone leads to all runs."""

    def __init__(self, files: InputFiles) -> None:
        self.texts: Mapping[str, TextFile] = {
            name: read_text(files[name]) for name in sorted(files) if name.lower().endswith(SUFFIX)
        }
        self.name = _entry(self.texts)
        self.lines = list(_executed(self.name, self.texts, (), {}))

    def commands(self, path: str) -> Iterator[Command]:
        """Yield the commands with this path, whatever its case."""
        for place, line in enumerate(self.lines):
            words = line.words
            if words and words[0].text.lower() == path.lower():
                yield Command(line, place, words[1:])

    def runs(self) -> list[Command]:
        """Return the commands that start runs; InvalidInput if there is none or one repeats."""
        found = list(self.commands(BEAM_ON))
        if not found:
            raise InvalidInput("input_files", f"one {BEAM_ON} is needed: none")
        places = [(item.line.file, item.line.number) for item in found]
        if len(set(places)) < len(places):
            shown = self.shown(found[0])
            raise InvalidInput("input_files", f"a run may not be executed more than once: {shown}")
        return found

    def shown(self, item: Command) -> str:
        """Return a command as it is shown in an error."""
        return quoted(item.line.file, self.texts[item.line.file].lines, [item.line.number])


def words_of(line: str) -> list[Word]:
    """Return the words of a line in front of its comment, as they stand there."""
    words = [Word(m[0], m.start(), m.end()) for m in re.finditer(r"[^\s#]+|#.*", line)]
    return [word for word in words if not word.text.startswith("#")]


def replaced_aliases(text: str, aliases: Mapping[str, str]) -> str:
    """Return a text with `{name}` replaced where the name is known, also within names."""
    for _ in range(DEEPEST_ALIAS):
        made = NAMED.sub(lambda found: aliases.get(found[1], found[0]), text)
        if made == text:
            break
        text = made
    return text


def _entry(texts: Mapping[str, TextFile]) -> str:
    """Return the macro that leads to every run."""
    names = [name for name, text in texts.items() if list(_named(BEAM_ON, text))]
    # One that only speaks of it in a comment is shown with the error that follows.
    names = names or [
        name for name, text in texts.items() if BEAM_ON.lower() in "\n".join(text.lines).lower()
    ]
    entries = {_leading(name, texts) for name in names}
    if len(entries) != 1:
        found = ", ".join(names) or "none"
        reason = f"Geant4 needs one {SUFFIX} with {BEAM_ON}, or one that executes all such"
        raise InvalidInput("input_files", f"{reason}: {found}")
    return entries.pop()


def _leading(name: str, texts: Mapping[str, TextFile]) -> str:
    """Return the macro that leads to another, as long as one alone executes it."""
    seen = {name}
    while True:
        for other, text in texts.items():
            if name in _executes(text, LOOPS):
                reason = f"{other} runs {name} in a loop; its primaries can't be counted"
                raise InvalidInput("input_files", reason)
        by = [other for other, text in texts.items() if name in _executes(text, (EXECUTE,))]
        if len(by) != 1 or by[0] in seen:
            return name
        name = by[0]
        seen.add(name)


def _named(path: str, text: TextFile) -> Iterator[list[Word]]:
    for line in text.lines:
        words = words_of(line)
        if words and words[0].text.lower() == path.lower():
            yield words


def _executes(text: TextFile, paths: Sequence[str]) -> set[str]:
    found = (words for path in paths for words in _named(path, text))
    return {_plain(words[1].text) for words in found if len(words) > 1}


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _executed(
    name: str, texts: Mapping[str, TextFile], within: tuple[str, ...], aliases: dict[str, str]
) -> Iterator[Line]:
    """Yield the lines of a macro, those of the macros it executes in their place."""
    for number, text in enumerate(texts[name].lines):
        words = words_of(text)
        command = words[0].text.lower() if words else ""
        if command == EXECUTE and len(words) > 1:
            other = _plain(words[1].text)
            if other in texts and other not in (*within, name):
                yield from _executed(other, texts, (*within, name), aliases)
                continue
        line = Line(name, number, text, dict(aliases))
        if command == ALIAS and len(words) > 2:
            value = text[words[2].start : words[-1].end].strip().strip('"')
            aliases[words[1].text] = replaced_aliases(value, aliases)
        yield line
