"""How far the files of a user may reach: not beyond their folder, and to no shell."""

import re
from collections.abc import Sequence

from adapters.simulators.geant4.macro_files import (
    EXECUTE,
    LOOPS,
    SUFFIX,
    Line,
    Macro,
    Word,
    words_of,
)
from adapters.simulators.native.numbers import quoted
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

CONTROL, SHELL = "/control/", "/control/shell"
RUNS_MACROS = (EXECUTE, *LOOPS)
WRITES = ("/analysis/openfile", "/analysis/setfilename")
GDML = ".gdml"
DUMPS = ("/score/dumpquantitytofile", "/score/dumpallquantitiestofile", *WRITES)
OTHER_FILE = re.compile(
    r"""SYSTEM\s+["']([^"']*)["']|<\s*file\b[^>]*\bname\s*=\s*["']([^"']*)["']"""
)
"""An external entity, or a volume from another file."""


def check_reach(macro: Macro, files: InputFiles) -> None:
    """Refuse what leads out of the folder; InvalidInput shows the line."""
    for name, text in macro.texts.items():
        for number, line in enumerate(text.lines):
            # What is run in a loop may be here and not among the executed lines.
            _check_words(macro, Line(name, number, line, {}), words_of(line))
    for executed in macro.lines:
        _check_words(macro, executed, executed.words)
        _check_alias(macro, executed)
    for name, content in files.items():
        if name.lower().endswith(GDML):
            # Two bytes for each letter must not hide anything.
            found = OTHER_FILE.findall(content.replace(b"\0", b"").decode("utf-8", "replace"))
            check_file_names((_plain(entity or volume) for entity, volume in found), name)


def _check_words(macro: Macro, line: Line, found: Sequence[Word]) -> None:
    words = [word.text for word in found]
    if not words:
        return
    command, reason = words[0].lower(), None
    if command == SHELL:
        reason = f"{SHELL} is not run here"
    elif "{" in command:
        reason = "a command can't be made of aliases here"
    elif command in RUNS_MACROS and not (len(words) > 1 and words[1].lower().endswith(SUFFIX)):
        reason = f"{command} needs a file {SUFFIX}"
    elif command.startswith((CONTROL, *WRITES)) and any("/" in _plain(word) for word in words[1:]):
        reason = "names of files must be plain"
    if reason:
        raise _refused(macro, line, reason)


def _check_alias(macro: Macro, line: Line) -> None:
    """Refuse names of files that only Geant4 would know."""
    words = [word.text for word in line.words]
    if words and words[0].lower() in DUMPS and any("{" in word for word in words[1:]):
        raise _refused(macro, line, "the alias in the name of a file is not known here")


def _refused(macro: Macro, line: Line, reason: str) -> InvalidInput:
    shown = quoted(line.file, macro.texts[line.file].lines, [line.number])
    return InvalidInput("input_files", f"{reason}: {shown}")


def _plain(name: str) -> str:
    return name.removeprefix("./")
