"""A stand-in for SHIELD-HIT12A: `shieldhit [-N OFFSET] FOLDER`.

Reads beam.dat and detect.dat, writes the log lines of a real run and .bdo files: a recorded one
where a run of this output was recorded, else one with a made-up value in each bin. Values depend
on the seed, those of sums and their like on the primaries too, so that a merge shows.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.locations import TESTS
from tests.simulator_stand_ins import bdo, behaviour
from tests.simulator_stand_ins.behaviour import Behaviour

VERSION = "v1.0.0-5-gc589a089"
RECORDED = TESTS / "data" / "simulators" / "shieldhit"
QUANTITIES = {
    "dose": (5, bdo.PER_PRIMARY, "MeV/g"),
    "fluence": (2, bdo.PER_PRIMARY, "/cm^2"),
    "energy": (1, bdo.PER_PRIMARY, "MeV"),
    "avgenergy": (8, bdo.AVERAGE, "MeV"),
    "dlet": (6, bdo.AVERAGE, "MeV/cm"),
    "tlet": (7, bdo.AVERAGE, "MeV/cm"),
    "count": (55, bdo.SUM, "#"),
    "rho": (20, 0, "g/cm^3"),
    "mcpl": (63, bdo.JOINED, ""),
}
Write = Callable[[str], object]


class BadInput(Exception):
    pass


def main(argv: list[str]) -> int:
    if "--version" in argv:
        print(f"SHIELD-HIT12A {VERSION}")
        return 0
    try:
        offset, folder = _arguments(argv[1:])
    except BadInput as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    told = behaviour.read(Path(argv[0]), offset or 0)
    behaviour.begin(told)
    if offset is None:
        return _run(told, folder, "", lambda text: print(text, flush=True))
    with (folder / f"shieldhit_{offset:04d}.log").open("w", buffering=1) as log:
        return _run(told, folder, f"_{offset:04d}", lambda text: print(text, file=log))


def seed_of(suffix: str) -> int:
    return int(suffix[1:]) if suffix else 0


def factor(seed: int) -> float:
    """How the results of a run with this seed deviate from the recorded ones."""
    return 1.0 + 0.01 * (seed % 7)


def _arguments(words: list[str]) -> tuple[int | None, Path]:
    offset = None
    if words[:1] == ["-N"]:
        if len(words) < 2 or not words[1].isdecimal():
            raise BadInput("-N needs a number")
        offset, words = int(words[1]), words[2:]
    if len(words) != 1 or not Path(words[0]).is_dir():
        raise BadInput(f"no working folder: {' '.join(words)}")
    return offset, Path(words[0])


def _run(told: Behaviour, folder: Path, suffix: str, write: Write) -> int:
    write(f"\n  *** SHIELD-HIT12A *** Copyright (c) 2023\n\n  Version: {VERSION}\n")
    try:
        primaries = _primaries(folder)
        outputs = list(_outputs(folder))
        for name in ("geo.dat", "mat.dat"):
            _text(folder, name)
    except (BadInput, ValueError, IndexError, KeyError) as error:
        write(f"  Error: {error}")
        return 1
    write(f"  Requested number of primaries NSTAT      : {primaries}")
    write(f"  Random number seed offset                : {seed_of(suffix) or -1}\n")
    write("  Starting transport engine...\n     Primary particle no.           1")
    for done in behaviour.steps(told, primaries):
        left = behaviour.kept_seconds(told, done / primaries)
        minutes, seconds = divmod(left, 60)
        write(
            f"     Primary particle no.{done:12d}      ETR:{minutes // 60:4d} hour(s)"
            f"{minutes % 60:3d} minute(s){seconds:3d} second(s)"
        )
        if behaviour.crashes(told, done, primaries):
            write("  Error: particle left the geometry, zone not found")
            return behaviour.CRASH_CODE
    for name, file in outputs:
        path = folder / f"{name}{suffix}.bdo"
        behaviour.leave(told, path, _content(name, file, primaries, seed_of(suffix)))
        write(f"     Saving estimator to '{path}'")
    write("\n  Transport completed.\n   Run time:    0 hour(s)  0 minute(s)  3 second(s)")
    return 0


def _text(folder: Path, name: str) -> str:
    path = folder / name
    if not path.exists():
        raise BadInput(f"file not found: {name}")
    return path.read_text()


def _primaries(folder: Path) -> int:
    found = re.findall(r"^\s*NSTAT\s+(\S+)", _text(folder, "beam.dat"), re.MULTILINE | re.I)
    if len(found) != 1 or int(found[0]) < 1:
        raise BadInput(f"beam.dat: NSTAT {found}")
    return int(found[0])


def _blocks(text: str) -> Iterator[tuple[str, list[list[str]]]]:
    """Yield the blocks of detect.dat: what begins it, and its lines as words."""
    block: tuple[str, list[list[str]]] | None = None
    for line in text.splitlines():
        words = line.split("!")[0].split()
        if words and not line[0].isspace():
            if block:
                yield block
            block = (" ".join(words), [])
        elif words and block:
            block[1].append(words)
    if block:
        yield block


def _outputs(folder: Path) -> Iterator[tuple[str, bdo.WrittenFile]]:
    """Yield what detect.dat asks for, by file name without ending."""
    geometries: dict[str, tuple[str, list[tuple[float, float, int]]]] = {}
    filters: set[str] = set()
    for head, lines in _blocks(_text(folder, "detect.dat")):
        fields = {words[0].lower(): words[1:] for words in lines}
        if head.lower().startswith("geometry"):
            kind = head.split()[1].lower()
            geometries[fields["name"][0]] = (kind, _axes(kind, fields))
        elif head.lower() == "filter":
            filters.add(fields["name"][0])
        elif head.lower() == "output":
            kind, axes = geometries[fields["geo"][0]]
            pages = list(_pages(lines, axes, filters))
            name = fields["filename"][0].removesuffix(".bdo")
            shown = {"cyl": "CYL", "mesh": "MSH", "zone": "ZONE"}.get(kind, "MSH")
            yield name, bdo.WrittenFile(1, pages, shown, fields["geo"][0], axes)


def _axes(kind: str, fields: dict[str, list[str]]) -> list[tuple[float, float, int]]:
    axes = []
    for name in {"cyl": ("r", "phi", "z"), "mesh": ("x", "y", "z")}.get(kind, ()):
        low, high, count = fields.get(name, ["0", "1", "1"])
        axes.append((float(low), float(high), int(count)))
    return axes or [(0.0, 1.0, 1)] * 3


def _pages(
    lines: list[list[str]], axes: list[tuple[float, float, int]], filters: set[str]
) -> Iterator[bdo.WrittenPage]:
    bins = axes[0][2] * axes[1][2] * axes[2][2]
    for index, words in enumerate(lines):
        if words[0].lower() != "quantity":
            continue
        if words[1].lower() not in QUANTITIES:
            raise BadInput(f"detect.dat: unknown quantity {words[1]}")
        number, rule, unit = QUANTITIES[words[1].lower()]
        differential = list(_differential(lines[index + 1 :]))
        total = bins
        for _, _, count in differential:
            total *= count
        filtered = next((word for word in words[2:] if word in filters), "")
        values = [float(1 + place % 97) for place in range(8 * 3 if rule == bdo.JOINED else total)]
        units = ";".join([unit, *("MeV" for _ in differential)])
        yield bdo.WrittenPage(number, rule, unit, values, filtered, differential, units)


def _differential(lines: list[list[str]]) -> Iterator[tuple[float, float, int]]:
    for words in lines:
        if words[0].lower() == "quantity":
            return
        if words[0].lower() in ("diff1", "diff2"):
            yield float(words[1]), float(words[2]), int(words[3])


def _content(name: str, file: bdo.WrittenFile, primaries: int, seed: int) -> bytes:
    recorded = RECORDED / "output" / f"{name}.bdo"
    whole = recorded.read_bytes() if recorded.exists() else bdo.text(file)
    return bdo.rescaled(whole, primaries, factor(seed))
