"""Parameter files of TOPAS, line by line.

A line `type:Category/Name/Last = value # comment`; names are told apart without regard to case. A
file may include others, whose parameters it may set again; TOPAS is given the one that no other
includes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.simulators.native.numbers import quoted
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

SUFFIXES = (".txt", ".topas", ".tps", ".par")
PARAMETER = re.compile(
    r"^\s*(?P<type>[a-z]{1,2}c?)\s*:\s*(?P<name>[A-Z][a-z]/[^\s=]+)\s*=\s*(?P<value>[^#]*)", re.I
)
INCLUDE = re.compile(r"^\s*includeFile\s*=\s*(?P<files>[^#]+)", re.I)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as a file sets it: its type and value, where, and between which columns."""

    name: str
    type: str
    value: str
    file: str
    line: int
    start: int
    end: int


class ParameterFiles:
    """All parameter files of a job."""

    def __init__(self, files: InputFiles) -> None:
        self.texts: Mapping[str, str] = {
            name: files[name].decode("utf-8", "surrogateescape")
            for name in sorted(files)
            if name.lower().endswith(SUFFIXES)
        }
        self.found = [item for name, text in self.texts.items() for item in _parameters(name, text)]

    @property
    def included(self) -> list[str]:
        """The files that others include, as they are named there."""
        return [name for text in self.texts.values() for name in _included(text)]

    @property
    def main(self) -> str:
        """The file that TOPAS is started with; InvalidInput if that can't be told."""
        included = set(self.included)
        holders = {item.file for item in self.found}
        candidates = [name for name in self.texts if name in holders and name not in included]
        if len(candidates) != 1:
            known = ", ".join(candidates) or "none"
            raise InvalidInput(
                "input_files", f"TOPAS needs one parameter file that no other includes: {known}"
            )
        return candidates[0]

    def named(self, pattern: str) -> list[Parameter]:
        """Return the parameters whose whole name matches, the last word of each name only.

        What the main file sets counts before what it includes; two in one file, or in two
        included ones, raise InvalidInput that shows them.
        """
        groups: dict[str, list[Parameter]] = {}
        for item in self.found:
            if re.fullmatch(pattern, item.name, re.I):
                groups.setdefault(item.name.lower(), []).append(item)
        return [self._deciding(group) for group in groups.values()]

    def _deciding(self, group: Sequence[Parameter]) -> Parameter:
        own = [item for item in group if item.file == self.main]
        decisive = own or group
        if len(decisive) > 1:
            shown = "; ".join(self.shown(item) for item in decisive)
            raise InvalidInput("input_files", f"a parameter is set more than once: {shown}")
        return decisive[0]

    def shown(self, item: Parameter) -> str:
        """Return a parameter's line as it is shown in an error."""
        return quoted(item.file, self.texts[item.file].splitlines(), [item.line])


def _parameters(name: str, text: str) -> Iterator[Parameter]:
    for number, line in enumerate(text.splitlines()):
        match = PARAMETER.match(line)
        if match:
            value = match["value"].rstrip()
            start = match.start("value")
            yield Parameter(
                match["name"], match["type"], value, name, number, start, start + len(value)
            )


def _included(text: str) -> Iterator[str]:
    for line in text.splitlines():
        match = INCLUDE.match(line)
        if match:
            yield from match["files"].split()
