"""Write USRTRACK files as FLUKA does, laid out as its own reader `ustsuw` takes them apart.

Standard library only.
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
    """A spectrum: linear (1) or logarithmic (-1), particle, volume, energies in GeV, values.

    With `groups` of slow neutrons the last values are theirs.
    """

    name: str
    kind: int
    scored: int
    volume: float
    lowest: float
    highest: float
    values: Sequence[float]
    groups: int = 0


def written(title: str, primaries: int, spectra: Sequence[WrittenSpectrum]) -> bytes:
    records = [usrbin.head(title, primaries)]
    for number, item in enumerate(spectra):
        count = len(item.values) - item.groups
        step = (item.highest - item.lowest) / count
        if item.kind < 0:
            step = math.exp(math.log(item.highest / item.lowest) / count)
        name = item.name.encode("ascii", "replace")[:10].ljust(10)
        fields = (number + 1, name, item.kind, item.scored, 3, item.volume, int(item.groups > 0))
        energies = (item.lowest, item.highest, count, step)
        records.append(usrbin.record(HEAD.pack(*fields, *energies)))
        if item.groups:
            energies_of_groups = array.array("f", range(item.groups + 1)).tobytes()
            records.append(usrbin.record(struct.pack("<i", item.groups) + energies_of_groups))
        records.append(usrbin.record(array.array("f", item.values).tobytes()))
    return b"".join(records)
