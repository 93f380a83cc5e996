"""Input files as users give them: the primaries they ask for, and the share of one task."""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from adapters.simulators.native.text_files import read_text
from adapters.simulators.scored_output.plan import OUTPUTS
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput
from domain.primaries import MOST_PRIMARIES

BEAM, GEOMETRY, MATERIALS, SCORING = "beam.dat", "geo.dat", "mat.dat", "detect.dat"
NEEDED = (BEAM, GEOMETRY, MATERIALS, SCORING)

PRIMARIES = re.compile(r"^(\s*NSTAT\s+)(\S+)", re.IGNORECASE)
NUMBER = re.compile(r"\+?(?:\d+\.?\d*|\.\d+)(?:[eEdD]\+?\d+)?")
COMMENTS = ("*", "#", "!")
NAMING = {
    BEAM: re.compile(r"^\s*(?:USECBEAM|USEBMOD\s+\S+|USEPARLEV)\s+(\S+)", re.IGNORECASE),
    MATERIALS: re.compile(r"^\s*LOADD?EDX\s+(\S+)", re.IGNORECASE),
    SCORING: re.compile(r"^\s*(?:FILENAME|FILE)\s+(\S+)", re.IGNORECASE),
    GEOMETRY: re.compile(r"^\s*VOX\s+\S+\s+(\S*/\S*)", re.IGNORECASE),
}
"""Lines that name files, which must not lead out of the folder."""

BLOCKS = ("FILTER", "GEOMETRY", "OUTPUT", "SETTINGS")
BINARY = "B"
"""What the names of the binary format begin with: BDO, BDO2019, BIN; it is the one by default."""

OLD_DETECTORS = ("CYL", "DCYL", "MSH", "DMSH", "ZONE", "DZONE", "PLANE", "DPLANE", "GEOMAP")
"""What lines of the older format begin with, each of which is a binary output."""


def total_primaries(files: InputFiles) -> int:
    """Return NSTAT of beam.dat, in any case, after tabs, also as 1e4.

    InvalidInput shows the lines when several lines have it or none has a number.
    """
    for name in NEEDED:
        if name not in files:
            raise InvalidInput("input_files", f"SHIELD-HIT12A needs a file {name}")
    check_paths(files)
    found = [line.strip() for line in _lines(files[BEAM]) if PRIMARIES.match(line)]
    if not found:
        raise InvalidInput(BEAM, "has no line NSTAT with the number of primaries")
    if len(found) > 1:
        raise InvalidInput(BEAM, "asks for primaries more than once: " + "; ".join(found))
    return _number(found[0])


def with_primaries(files: InputFiles, primaries: int) -> InputFiles:
    """Return the files of a task: only the number of primaries is another."""
    own = dict(files)
    beam = read_text(files[BEAM])
    told = [number for number, line in enumerate(beam.lines) if PRIMARIES.match(line)]
    change = partial(PRIMARIES.sub, rf"\g<1>{primaries}")
    own[BEAM] = beam.with_lines(dict.fromkeys(told, change))
    own.pop(OUTPUTS, None)
    return own


def check_paths(files: InputFiles) -> None:
    """Refuse files that name others outside of their folder."""
    for name, pattern in NAMING.items():
        for line in _lines(files.get(name, b"")):
            match = pattern.match(line)
            if match and re.search(r"[/\\]|^\.", match[1]):
                raise InvalidInput(name, f"{match[1]!r} must be a plain file name: {line.strip()}")


def output_names(files: InputFiles) -> Sequence[str]:
    """Return the outputs that detect.dat asks for, in its order, without their ending."""
    matches = (NAMING[SCORING].match(line) for line in _lines(files.get(SCORING, b"")))
    names = (re.sub(r"\.bdo$", "", match[1]) for match in matches if match)
    return list(dict.fromkeys(names))


def check_scored(files: InputFiles) -> None:
    """Refuse files that ask for no output in the binary format, which is the one that is read."""
    rows = [line.split() for line in _lines(files.get(SCORING, b"")) if line.split()]
    words = [row[0].upper() for row in rows]
    if not set(words) & set(BLOCKS) and set(words) & set(OLD_DETECTORS):
        return
    blocks: list[dict[str, str]] = []
    for word, row in zip(words, rows, strict=True):
        if word in BLOCKS:
            blocks.append({"": word})
        elif blocks:
            blocks[-1][word] = row[-1].upper()
    if not any(_is_read(block) for block in blocks):
        reason = "scores nothing that can be read"
        remedy = "add Output with a Filename, a Geo and a Quantity, without a FileFormat"
        raise InvalidInput(SCORING, f"{reason}; {remedy}")


def _is_read(block: Mapping[str, str]) -> bool:
    if block[""] != "OUTPUT" or "QUANTITY" not in block:
        return False
    known = block.get("FILEFORMAT", block.get("FORMAT", BINARY))
    return known.startswith(BINARY) and ("FILENAME" in block or "FILE" in block)


def _lines(content: bytes) -> Iterator[str]:
    """Yield the lines without comments, which begin with an exclamation mark anywhere."""
    for line in read_text(content).lines:
        if not line.lstrip().startswith(COMMENTS):
            yield line.split("!")[0]


def _number(line: str) -> int:
    match = PRIMARIES.match(line)
    text = match[2] if match else ""
    value = 0.0
    if NUMBER.fullmatch(text):
        value = float(text.lower().replace("d", "e"))
    if not 1 <= value <= MOST_PRIMARIES or value != int(value):
        raise InvalidInput(BEAM, f"needs a whole number of primaries from 1: {line}")
    return int(value)
