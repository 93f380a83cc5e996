"""Write .bdo files as SHIELD-HIT12A does: a head and a stream of tagged blocks.

The layout is that of the recorded files: magic, byte order and version (24 bytes), then for each
block tag (8 bytes), type (8 characters), length (8 bytes) and the data. Standard library only,
since the stand-ins run without our packages.
"""

import array
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

HEAD = 24
PRIMARIES = 0xAA00
GEOMETRY_TYPE, GEOMETRY_NAME, START, STOP, BINS, UNITS = (
    0xE000, 0xE001, 0xE002, 0xE003, 0xE004, 0xE009,
)  # fmt: skip
PAGE_COUNT = 0xEE02
PAGE, PAGE_NUMBER, RULE, DATA, UNIT = 0xDD30, 0xDD31, 0xDD32, 0xDDBB, 0xDDBC
DIFF_FLAG, DIFF_TYPE, DIFF_START, DIFF_STOP, DIFF_SIZE, DIFF_UNITS = range(0xDDD0, 0xDDD6)
FILTER_NAME = 0xDDF0

SUM, PER_PRIMARY, AVERAGE, JOINED = 1, 2, 3, 4


@dataclass(frozen=True)
class WrittenPage:
    """A page: the number of its quantity, its rule of merging, its unit and raw values."""

    quantity: int
    rule: int
    unit: str
    values: Sequence[float]
    filter: str = ""
    differential: Sequence[tuple[float, float, int]] = ()
    differential_units: str = ""


@dataclass(frozen=True)
class WrittenFile:
    """A file of pages over one geometry."""

    primaries: int
    pages: Sequence[WrittenPage]
    geometry: str = "MSH"
    name: str = "Mesh"
    axes: Sequence[tuple[float, float, int]] = field(default=((0, 1, 1), (0, 1, 1), (0, 1, 1)))


def write(path: Path, file: WrittenFile) -> None:
    """Write a file of the format that SHIELD-HIT12A calls bdo2019."""
    path.write_bytes(text(file))


def text(file: WrittenFile) -> bytes:
    """Return the content of such a file."""
    blocks = [
        b"xSH12A" + b"II" + b"1.0".ljust(16, b"\0"),
        _whole(0x05, [2]),
        _text(0x00, "v1.0.0"),
        _whole(PRIMARIES, [file.primaries]),
        _whole(PAGE_COUNT, [len(file.pages)]),
        _text(GEOMETRY_TYPE, file.geometry),
        _text(GEOMETRY_NAME, file.name),
        _real(START, [axis[0] for axis in file.axes]),
        _real(STOP, [axis[1] for axis in file.axes]),
        _whole(BINS, [axis[2] for axis in file.axes]),
        _text(UNITS, "cm;cm;cm"),
    ]
    for number, page in enumerate(file.pages):
        blocks += _page(number, page)
    return b"".join(blocks)


def rescaled(recorded: bytes, primaries: int, factor: float) -> bytes:
    """Return a recorded file as a run of `primaries` primaries would have left it.

    Sums grow with the primaries, averages do not; all are multiplied by `factor`.
    """
    made = [recorded[:HEAD]]
    before, rule = 1, PER_PRIMARY
    for tag, kind, raw in blocks(recorded):
        if tag == PRIMARIES:
            before = int.from_bytes(raw[:8], "little")
            raw = struct.pack("<q", primaries)
        elif tag == RULE:
            rule = int.from_bytes(raw[:8], "little")
        elif tag == DATA and rule in (SUM, PER_PRIMARY, AVERAGE):
            grown = factor if rule == AVERAGE else factor * primaries / before
            values = array.array("d", raw)
            raw = array.array("d", [value * grown for value in values]).tobytes()
        made.append(_block(tag, kind, raw))
    return b"".join(made)


def blocks(recorded: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield tag, type and data of each block."""
    place = HEAD
    while place + 24 <= len(recorded):
        tag, kind, count = struct.unpack_from("<Q8sQ", recorded, place)
        size = count * _width(kind)
        yield tag, kind, recorded[place + 24 : place + 24 + size]
        place += 24 + size


def _width(kind: bytes) -> int:
    return int("".join(letter for letter in kind.decode("ascii") if letter.isdigit()))


def _page(number: int, page: WrittenPage) -> list[bytes]:
    made = [_whole(PAGE, [page.quantity]), _whole(PAGE_NUMBER, [number]), _whole(RULE, [page.rule])]
    if page.filter:
        made.append(_text(FILTER_NAME, page.filter))
    if page.differential:
        two = [*page.differential, (0.0, 0.0, 1)][:2]
        made += [
            _whole(DIFF_FLAG, [1, 1]),
            _whole(DIFF_TYPE, [27, 27]),
            _real(DIFF_START, [axis[0] for axis in two]),
            _real(DIFF_STOP, [axis[1] for axis in two]),
            _whole(DIFF_SIZE, [axis[2] for axis in two]),
        ]
    made += [_text(UNIT, page.unit), _text(DIFF_UNITS, page.differential_units or page.unit)]
    return [*made, _real(DATA, page.values)]


def _whole(tag: int, values: Sequence[int]) -> bytes:
    return _block(tag, b"<i8", struct.pack(f"<{len(values)}q", *values))


def _real(tag: int, values: Sequence[float]) -> bytes:
    return _block(tag, b"<f8", array.array("d", values).tobytes())


def _text(tag: int, text: str) -> bytes:
    raw = text.encode()
    return _block(tag, b"S%d" % max(len(raw), 1), raw or b"\0")


def _block(tag: int, kind: bytes, raw: bytes) -> bytes:
    kind = kind.rstrip(b"\0")
    return struct.pack("<Q8sQ", tag, kind, len(raw) // _width(kind)) + raw
