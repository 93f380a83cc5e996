"""FLUKA's preprocessor: which lines of an input count, and what stands for values in them.

    #define NAME [VALUE]    #undef NAME    #include FILE
    #if NAME    #elif NAME    #else    #endif

stand at the beginning of a line (manual, preprocessor directives). A condition holds where its
name is defined. A field `$NAME` is the value of `#define $NAME VALUE`.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.simulators.native.numbers import quoted
from adapters.simulators.native.text_files import TextFile, read_text
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

DIRECTIVE = re.compile(r"^#(define|undef|if|elif|else|endif|include)\b\s*(\S*)\s*(.*?)\s*$", re.I)
DEEPEST = 20
NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class DeckLine:
    """A line that counts: where it stands (from 0), its text, and what is defined there."""

    file: str
    number: int
    text: str
    values: Mapping[str, str]


@dataclass(slots=True)
class _Branch:
    """An #if that is not closed yet: whether its lines count, and whether any branch has."""

    counts: bool
    taken: bool


class Preprocessor:
    """Reads an input file with what it includes."""

    def __init__(self, name: str, files: InputFiles) -> None:
        self._files = files
        self._name = name
        self.texts: dict[str, TextFile] = {name: read_text(files[name])}
        self._values: Mapping[str, str] = NOTHING

    def lines(self) -> Iterator[DeckLine]:
        """Yield the lines that count, those of included files in their place."""
        self._values = NOTHING
        yield from self._lines_of(self._name, 0)

    def _lines_of(self, name: str, depth: int) -> Iterator[DeckLine]:
        branches: list[_Branch] = []
        for number, text in enumerate(self.texts[name].lines):
            match = DIRECTIVE.match(text)
            counts = all(branch.counts for branch in branches)
            if match is None:
                if counts:
                    yield DeckLine(name, number, text, self._values)
                continue
            word, argument, rest = match[1].lower(), match[2], match[3]
            if word in ("if", "elif", "else", "endif"):
                self._branch(branches, word, argument, self._shown(name, number))
            elif counts and word == "include":
                other = self._included(argument, name, number, depth)
                yield from self._lines_of(other, depth + 1)
            elif counts:
                self._define(word, argument, rest)
        if branches:
            raise InvalidInput("input_files", f"{name} has an #if without its #endif")

    def _branch(self, branches: list[_Branch], word: str, name: str, shown: str) -> None:
        holds = name in self._values
        if word == "if":
            branches.append(_Branch(holds, holds))
            return
        if not branches:
            raise InvalidInput("input_files", f"there is no #if for #{word}: {shown}")
        if word == "endif":
            branches.pop()
            return
        now = not branches[-1].taken and (word == "else" or holds)
        branches[-1] = _Branch(now, branches[-1].taken or now)

    def _define(self, word: str, name: str, value: str) -> None:
        others = {key: text for key, text in self._values.items() if key != name}
        self._values = {**others, name: value} if word == "define" else others

    def _included(self, name: str, by: str, number: int, depth: int) -> str:
        """Return the name of an included file, its text read."""
        plain, shown = name.strip("\"'").removeprefix("./"), self._shown(by, number)
        check_file_names([plain], f"{by} #include")
        if plain not in self._files or depth > DEEPEST:
            reason = "includes itself" if plain in self._files else "is not among the files"
            raise InvalidInput("input_files", f"{plain!r} {reason}: {shown}")
        self.texts.setdefault(plain, read_text(self._files[plain]))
        return plain

    def _shown(self, name: str, number: int) -> str:
        return quoted(name, self.texts[name].lines, [number])


def included_names(text: TextFile) -> set[str]:
    """Return all files that a file names to include, whether these lines count or not."""
    found = (DIRECTIVE.match(line) for line in text.lines)
    return {
        match[2].strip("\"'").removeprefix("./")
        for match in found
        if match and match[1].lower() == "include"
    }
