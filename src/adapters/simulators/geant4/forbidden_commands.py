"""How far the files of a user may reach: not beyond their folder, and to no shell."""

import re

from adapters.simulators.geant4.macro_files import EXECUTE, SUFFIX, Line, Macro, words_of
from adapters.simulators.native.numbers import quoted
from application.ports.simulator import InputFiles
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput

CONTROL, SHELL = "/control/", "/control/shell"
RUNS_MACROS = (EXECUTE, "/control/loop", "/control/foreach")
GDML = ".gdml"
OTHER_FILE = re.compile(
    r"""SYSTEM\s+["']([^"']*)["']|<\s*file\b[^>]*\bname\s*=\s*["']([^"']*)["']"""
)
"""An external entity, or a volume from another file."""


def check_reach(macro: Macro, files: InputFiles) -> None:
    """Refuse what leads out of the folder; InvalidInput shows the line."""
    for name, text in macro.texts.items():
        for number, line in enumerate(text.splitlines()):
            _check_line(macro, Line(name, number, line))
    for name, content in files.items():
        if name.lower().endswith(GDML):
            # Two bytes for each letter must not hide anything.
            found = OTHER_FILE.findall(content.replace(b"\0", b"").decode("utf-8", "replace"))
            check_file_names((_plain(entity or volume) for entity, volume in found), name)


def _check_line(macro: Macro, line: Line) -> None:
    words = [word.text for word in words_of(line.text)]
    if not words:
        return
    command, reason = words[0].lower(), None
    if command == SHELL:
        reason = f"{SHELL} is not run here"
    elif "{" in command:
        reason = "a command can't be made of aliases here"
    elif command in RUNS_MACROS and not (len(words) > 1 and words[1].lower().endswith(SUFFIX)):
        reason = f"{command} needs a file {SUFFIX}"
    elif command.startswith(CONTROL) and any("/" in _plain(word) for word in words[1:]):
        reason = "names of files must be plain"
    if reason:
        shown = quoted(line.file, macro.texts[line.file].splitlines(), [line.number])
        raise InvalidInput("input_files", f"{reason}: {shown}")


def _plain(name: str) -> str:
    return name.removeprefix("./")
