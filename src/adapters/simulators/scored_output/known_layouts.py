"""Files of SHIELD-HIT12A that hold the same as one read before, but other numbers.

The tasks of a job leave files that differ in their scored values, their primaries and some notes on
the run. Reading one with pymchelper takes 10 ms, however small it is, so that merging many small
ones would be nothing else. What the blocks mean pymchelper says once; of the next file with the
same blocks only the numbers are taken.

A file is a head of 24 bytes and blocks of tag (8 bytes), type (8 characters such as `<f8` or
`S24`), length (8 bytes) and data, as in `pymchelper.readers.shieldhit.reader_bdo2019`.
"""

import re
import struct
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from pathlib import Path

import numpy as np
from pymchelper.input_output import AggregationType
from pymchelper.readers.shieldhit.binary_spec import SHBDOTagID

from adapters.simulators.scored_output.scored_file import ScoredFile, Values

HEAD = 24
BLOCK = struct.Struct("<Q8sQ")
MAGIC = b"xSH12A" + b"II"
KIND = re.compile(rb"(?:<[iuf]|S)(\d+)")

LARGEST = 16 << 20
"""Bytes; above it pymchelper's share of the time is small, and memory counts for more."""

MOST_LAYOUTS = 64

PRIMARIES = int(SHBDOTagID.rt_nstat)
NEW_PAGE = int(SHBDOTagID.detector_type)
PAGE_NUMBER = int(SHBDOTagID.page_number)
NORMALISED = int(SHBDOTagID.page_normalized)
DATA = int(SHBDOTagID.data_block)
NOTES = frozenset(
    int(tag)
    for tag in (
        SHBDOTagID.filedate,
        SHBDOTagID.user,
        SHBDOTagID.host,
        SHBDOTagID.rt_nstat,
        SHBDOTagID.rt_time,
        SHBDOTagID.rt_timesim,
        SHBDOTagID.ioffset,
        SHBDOTagID.ixfirs,
        SHBDOTagID.filename_or_geotype,
    )
)
"""What is told of the run and means nothing for the results, but for the primaries."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """A whole file: its `layout` is all that is the same in other tasks of the job.

    `data` are the values of the pages in the order of their numbers, per primary where they are to
    be that.
    """

    layout: bytes
    primaries: int
    data: Sequence[Values]


def blocks_of(path: Path) -> Blocks | None:
    """Return the blocks of a file, None if it is large, not whole, or something else."""
    if path.suffix != ".bdo" or path.stat().st_size > LARGEST:
        return None
    content = path.read_bytes()
    if not content.startswith(MAGIC):
        return None
    try:
        return _split(content)
    except (struct.error, ValueError):
        return None


def _split(content: bytes) -> Blocks:
    """Take a file apart; struct.error or ValueError for one that is cut or unheard of."""
    layout = [content[:HEAD]]
    pages: list[tuple[int, Values]] = []
    said = dict.fromkeys((PRIMARIES, PAGE_NUMBER, NORMALISED), 0)
    place = HEAD
    while place < len(content):
        tag, kind, count = BLOCK.unpack_from(content, place)
        head, start = place, place + BLOCK.size
        place = start + count * _width(kind)
        if place > len(content):
            raise ValueError("the file ends within a block")
        if tag in said:
            said[tag] = int.from_bytes(content[start : start + 8], "little", signed=True)
        if tag == NEW_PAGE:
            said[PAGE_NUMBER] = said[NORMALISED] = 0
        if tag == DATA:
            values = np.frombuffer(content, _real(kind), count, start)
            pages.append((said[PAGE_NUMBER], _per_primary(values, said)))
        if tag not in NOTES:
            layout.append(content[head : start if tag == DATA else place])
    pages.sort(key=itemgetter(0))
    return Blocks(b"".join(layout), said[PRIMARIES], [values for _, values in pages])


def _per_primary(values: Values, said: Mapping[int, int]) -> Values:
    """Return values per primary where the page says that they are sums over all."""
    if said[NORMALISED] != AggregationType.AveragingCumulative:
        return values
    with np.errstate(all="ignore"):
        return np.asarray(values / np.float64(said[PRIMARIES]))


class KnownLayouts:
    """What the files read last hold, without their numbers; safe to use by threads."""

    def __init__(self, most: int = MOST_LAYOUTS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._files: OrderedDict[bytes, ScoredFile] = OrderedDict()

    def read(self, blocks: Blocks) -> ScoredFile | None:
        """Return what a file holds if one of its layout was read before."""
        with self._lock:
            known = self._files.get(blocks.layout)
            if known is None:
                return None
            self._files.move_to_end(blocks.layout)
        return None if _is_unwritten(blocks) else _filled(known, blocks)

    def learn(self, blocks: Blocks, found: ScoredFile) -> None:
        """Keep what pymchelper found in a file, unless filling in the numbers gives another."""
        if len(blocks.data) != len(found.pages) or not _is_same(_filled(found, blocks), found):
            return
        bare = replace(found, pages=[replace(page, values=np.empty(0)) for page in found.pages])
        with self._lock:
            self._files[blocks.layout] = bare
            while len(self._files) > self._most:
                self._files.popitem(last=False)


def _filled(known: ScoredFile, blocks: Blocks) -> ScoredFile:
    pages = [
        replace(page, values=values) for page, values in zip(known.pages, blocks.data, strict=True)
    ]
    return replace(known, pages=pages, primaries=blocks.primaries)


def _is_same(one: ScoredFile, other: ScoredFile) -> bool:
    # Phase spaces differ in length, which their axes tell.
    return one.primaries == other.primaries and all(
        mine.rule is not AggregationType.Concatenation
        and np.array_equal(mine.values, theirs.values, equal_nan=True)
        for mine, theirs in zip(one.pages, other.pages, strict=True)
    )


def _is_unwritten(blocks: Blocks) -> bool:
    """Say whether a single value is missing, which is not to be taken for a result."""
    return any(values.size == 1 and bool(np.isnan(values[0])) for values in blocks.data)


@cache
def _width(kind: bytes) -> int:
    known = KIND.fullmatch(kind.rstrip(b"\0"))
    if known is None:
        raise ValueError("data of another kind")
    return int(known[1])


@cache
def _real(kind: bytes) -> np.dtype[np.float64]:
    if kind.rstrip(b"\0") != b"<f8":
        raise ValueError("values of another kind")
    return np.dtype(np.float64).newbyteorder("<")
