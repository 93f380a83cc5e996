"""Parameter files of TOPAS, line by line.

A line `type:Category/Name/Last = value # comment`; names are told apart without regard to case, and
the type may be left out where an included file gives it. A file may include others, whose
parameters it may set again; TOPAS is given the one that no other includes, and reads what that one
leads to and nothing else.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.simulators.native.numbers import quoted
from adapters.simulators.native.text_files import TextFile, read_text
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIXES = (".txt", ".topas", ".tps", ".par")
PARAMETER = re.compile(
    r"^\s*(?:(?P<type>[a-z]{1,2}c?)\s*:\s*)?(?P<name>[A-Z][a-z]/[^\s=]+)\s*=\s*(?P<value>[^#]*)",
    re.I,
)
INCLUDE = re.compile(r"^\s*(?:s\s*:\s*)?includeFile\s*=\s*(?P<files>[^#]+)", re.I)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a file sets it: its value, where, and between which columns."""

    name: str
    value: str
    file: str
    line: int
    start: int
    end: int

    @property
    def text(self) -> str:
        """The value of a string parameter."""
        return self.value.replace('"', "").strip()


class ParameterFiles:
    """All parameter files of a job; those that the main one leads to hold its parameters."""

    def __init__(self, files: InputFiles) -> None:
        self.texts: Mapping[str, TextFile] = _texts(files)
        self._found = {name: list(_parameters(name, text)) for name, text in self.texts.items()}
        self._includes = {name: list(_included(text)) for name, text in self.texts.items()}

    @property
    def included(self) -> list[str]:
        """The files that others include, as they are named there."""
        return [name for names in self._includes.values() for name in names]

    @property
    def main(self) -> str:
        """The file that TOPAS is started with; InvalidInput if that can't be told."""
        included = {_plain(name) for name in self.included}
        candidates = [
            name
            for name in self.texts
            if name not in included and (self._found[name] or self._includes[name])
        ]
        if len(candidates) != 1:
            known = ", ".join(candidates) or "none"
            raise InvalidInput(
                "input_files", f"TOPAS needs one parameter file that no other includes: {known}"
            )
        return candidates[0]

    def named(self, pattern: str) -> list[Parameter]:
        """Return the parameters whose whole name matches, each as TOPAS takes it.

        What a file sets counts before what it includes. Two in one file, or in two that are
        included by the same, raise InvalidInput that shows them.
        """
        wanted = re.compile(pattern, re.I)
        return [self._only(items) for items in self._leading(self.main, wanted, ()).values()]

    @property
    def is_empty(self) -> bool:
        """Whether no file sets any parameter."""
        return not any(self._found.values())

    def _leading(
        self, name: str, wanted: re.Pattern[str], within: tuple[str, ...]
    ) -> dict[str, list[Parameter]]:
        """Return what a file says of parameters by their names in small letters."""
        groups: dict[str, list[Parameter]] = {}
        if name in within or name not in self.texts:
            return {}
        for other in self._includes[name]:
            for key, items in self._leading(_plain(other), wanted, (*within, name)).items():
                groups.setdefault(key, []).extend(items)
        return {**groups, **_by_name(self._found[name], wanted)}

    def _only(self, items: Sequence[Parameter]) -> Parameter:
        # A file that two others include says the same to both.
        different = list(dict.fromkeys(items))
        if len(different) > 1:
            shown = "; ".join(self.shown(item) for item in different)
            raise InvalidInput("input_files", f"a parameter is set more than once: {shown}")
        return different[0]

    def shown(self, item: Parameter) -> str:
        """Return a parameter's line as it is shown in an error."""
        return quoted(item.file, self.texts[item.file].lines, [item.line])


def _texts(files: InputFiles) -> dict[str, TextFile]:
    """Return the files that end like parameter files, and whatever these include."""
    waiting = [name for name in sorted(files) if name.lower().endswith(SUFFIXES)]
    texts: dict[str, TextFile] = {}
    while waiting:
        name = waiting.pop(0)
        if name in files and name not in texts:
            texts[name] = read_text(files[name])
            waiting += [_plain(other) for other in _included(texts[name])]
    return texts


def _by_name(items: Sequence[Parameter], wanted: re.Pattern[str]) -> Mapping[str, list[Parameter]]:
    groups: dict[str, list[Parameter]] = {}
    for item in items:
        if wanted.fullmatch(item.name):
            groups.setdefault(item.name.lower(), []).append(item)
    return groups


def _parameters(name: str, text: TextFile) -> Iterator[Parameter]:
    for number, line in enumerate(text.lines):
        match = PARAMETER.match(line)
        if match:
            value = match["value"].rstrip()
            start = match.start("value")
            yield Parameter(match["name"], value, name, number, start, start + len(value))


def _included(text: TextFile) -> Iterator[str]:
    for line in text.lines:
        match = INCLUDE.match(line)
        if match:
            yield from (name.strip('"') for name in match["files"].split())


def _plain(name: str) -> str:
    return name.removeprefix("./")
