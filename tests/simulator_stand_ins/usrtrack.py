"""Write USRTRACK files as FLUKA does, laid out as its own reader `ustsuw` takes them apart.

Without groups of slow neutrons. Standard library only.
"""

import array
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulator_stand_ins import usrbin

HEAD = struct.Struct("<i10siiififfif")


@dataclass(frozen=True)
class WrittenSpectrum:
    """A spectrum: linear (1) or logarithmic (-1), particle, volume, energies in GeV, values."""

    name: str
    kind: int
    scored: int
    volume: float
    lowest: float
    highest: float
    values: Sequence[float]


def written(title: str, primaries: int, spectra: Sequence[WrittenSpectrum]) -> bytes:
    records = [usrbin.head(title, primaries)]
    for number, item in enumerate(spectra):
        count = len(item.values)
        step = (item.highest - item.lowest) / count
        if item.kind < 0:
            step = math.exp(math.log(item.highest / item.lowest) / count)
        name = item.name.encode("ascii", "replace")[:10].ljust(10)
        fields = (number + 1, name, item.kind, item.scored, 3, item.volume, 0)
        energies = (item.lowest, item.highest, count, step)
        records.append(usrbin.record(HEAD.pack(*fields, *energies)))
        records.append(usrbin.record(array.array("f", item.values).tobytes()))
    return b"".join(records)
