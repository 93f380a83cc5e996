"""Write USRBIN files as FLUKA does: Fortran records of a head, and of each binning and its data.

Laid out as the recorded files are. Standard library only.
"""

import array
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

HEAD = struct.Struct("<80s32sfiii")


@dataclass(frozen=True)
class WrittenBinning:
    """A binning: its kind, number of its particle or quantity, axes (low, high, bins), values."""

    name: str
    kind: int
    scored: int
    axes: Sequence[tuple[float, float, int]]
    values: Sequence[float]


def written(title: str, primaries: int, binnings: Sequence[WrittenBinning]) -> bytes:
    records = [head(title, primaries)]
    for number, binning in enumerate(binnings):
        axes = [
            value
            for low, high, count in binning.axes
            for value in (low, high, count, (high - low) / count)
        ]
        name = binning.name.encode("ascii", "replace")[:10].ljust(10)
        fields = struct.pack("<i10sii", number + 1, name, binning.kind, binning.scored)
        places = struct.pack("<ffifffifffif", *axes)
        records.append(record(fields + places + struct.pack("<ifff", 0, 0.0, 0.0, 1e30)))
        records.append(record(array.array("f", binning.values).tobytes()))
    return b"".join(records)


def head(title: str, primaries: int) -> bytes:
    """Return the first record of any scoring file."""
    when = b"DATE:  5/15/23,  TIME: 23:44:29".ljust(32)
    fields = (title.encode()[:80].ljust(80), when, float(primaries), primaries, 0, 1)
    return record(HEAD.pack(*fields))


def rescaled(recorded: bytes, primaries: int, factor: float) -> bytes:
    """Return a recorded file as a run of `primaries` primaries would have left it.

    Values are per primary and multiplied by `factor`.
    """
    made = []
    for number, content in enumerate(records(recorded)):
        if number == 0:
            title, when, _, _, more, batches = HEAD.unpack(content)
            content = HEAD.pack(title, when, float(primaries), primaries, more, batches)
        elif number % 2 == 0:
            values = array.array("f", content)
            content = array.array("f", [value * factor for value in values]).tobytes()
        made.append(record(content))
    return b"".join(made)


def records(text: bytes) -> Iterator[bytes]:
    place = 0
    while place + 8 <= len(text):
        (size,) = struct.unpack_from("<i", text, place)
        yield text[place + 4 : place + 4 + size]
        place += size + 8


def record(content: bytes) -> bytes:
    """Return one Fortran record: its content between its length twice."""
    size = struct.pack("<i", len(content))
    return size + content + size
