"""A stand-in for FLUKA: `rfluka -N0 -M1 FILE.inp`.

Works in fluka_PID, where NAME001.out tells its progress, and moves its logs and outputs up at the
end, as rfluka does. USRBIN outputs are recorded ones where they were recorded, else made up;
values depend on the seed.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.locations import TESTS
from tests.simulator_stand_ins import behaviour, usrbin, usrtrack
from tests.simulator_stand_ins.behaviour import Behaviour

RECORDED = TESTS / "data" / "simulators" / "fluka"
NUMBERS = {
    "DOSE": 228, "ENERGY": 208, "ALL-PART": 201, "PROTON": 1, "NEUTRON": 8, "4-HELIUM": -6,
    "DEUTERON": -3, "PHOTON": 7, "HEAVYION": -2,
}  # fmt: skip
FINISHED = " * ======================= End of FLUKA run ======================= *"


class BadInput(Exception):
    pass


def main(argv: list[str]) -> int:
    if len(argv) != 4 or argv[1:3] != ["-N0", "-M1"] or not argv[3].endswith(".inp"):
        print("Usage: rfluka [-N#] [-M#] input", file=sys.stderr)
        return 2
    path = Path(argv[3])
    if not path.is_file():
        print(f"Error: input file {path} not found", file=sys.stderr)
        return 2
    cards = list(_cards(path.read_text()))
    seed = next((_number(card, 2) for card in cards if card.startswith("RANDOMIZ")), 0)
    told = behaviour.read(Path(argv[0]), seed)
    behaviour.begin(told)
    folder = Path(f"fluka_{os.getpid()}")
    folder.mkdir()
    print(f"\n{' ' * 35}F L U K A\n\nInput: {path}\nRunning fluka in {folder.absolute()}\n")
    print(
        "======================== Running FLUKA for cycle # 1 ========================", flush=True
    )
    return _cycle(told, folder, path.stem, cards, seed)


def factor(seed: int) -> float:
    """How the results of a run with this seed deviate from the recorded ones."""
    return 1.0 + 0.01 * (seed % 7)


def _cycle(told: Behaviour, folder: Path, stem: str, cards: list[str], seed: int) -> int:
    name = f"{stem}001"
    with (folder / f"{name}.out").open("w", buffering=1) as log:
        log.write("1\n *=== FLUKA stand-in ===*\n")
        try:
            primaries = _check(cards, seed)
            files = dict(_outputs(cards, primaries, seed))
        except (BadInput, ValueError, IndexError, KeyError) as error:
            log.write(f" *** ERROR in INPUT: {error} ***\n Abort called from FLUKAM\n")
            (folder / f"{name}.err").write_text("")
            print(f"Abort called from FLUKAM, see {folder / name}.out")
            return 0
        _simulate(told, folder, log, primaries)
        if told.ending == "crash":
            log.write(" Abort called from GEOFAR reason GEOMETRY TRACKING LOST\n")
            return 0
        log.write(f" All cases handled by Feeder\n{FINISHED}\n")
    (folder / f"{name}.err").write_text("")
    (folder / f"{name}.log").write_text("")
    print("Removing temporary files\nSaving additional files generated")
    for unit, content in files.items():
        moved = Path(f"{name}_fort.{unit}")
        behaviour.leave(told, moved, content)
        print(f'     Moving "fort.{unit}" to "{moved.absolute()}"')
    for suffix in ("out", "err", "log"):
        shutil.move(folder / f"{name}.{suffix}", f"{name}.{suffix}")
    shutil.rmtree(folder)
    print("End of FLUKA run")
    return 0


def _simulate(told: Behaviour, folder: Path, log: object, primaries: int) -> None:
    write = log.write  # type: ignore[attr-defined]
    seeds = " NEXT SEEDS:       0       0       0       0       0       0  181CD  3039       0       0\n"
    write(seeds)
    for done in behaviour.steps(told, primaries):
        left = primaries - done
        per_primary = told.seconds / primaries
        write(f"{done:11d}{left:15d}{left:15d}{per_primary:22.7E}{1e30:22.7E}{0:15d}\n{seeds}")
        if behaviour.crashes(told, done, primaries):
            return


def _cards(text: str) -> Iterator[str]:
    """Yield cards up to STOP, those of the geometry left out."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("TITLE"):
            next(lines, "")
        elif line.startswith("GEOBEGIN"):
            for inner in lines:
                if inner.startswith("GEOEND"):
                    break
            yield "GEOEND"
        elif line.strip() and not line.startswith("*"):
            yield line
            if line.startswith("STOP"):
                return


def _field(card: str, number: int) -> str:
    return card[10 * number : 10 * number + 10].strip()


def _number(card: str, number: int) -> int:
    return int(float(_field(card, number) or 0))


def _check(cards: list[str], seed: int) -> int:
    words = [card[:10].strip() for card in cards]
    for word in ("BEAM", "BEAMPOS", "GEOEND", "ASSIGNMA", "RANDOMIZ", "START", "STOP"):
        if word not in words:
            raise BadInput(f"no card {word}")
    if not 0 < seed < 9e8:
        raise BadInput(f"seed {seed}")
    for card in cards:
        if re.match(r"[a-z]", card) or len(card.rstrip()) > 80:
            raise BadInput(f"card {card}")
    primaries = _number(cards[words.index("START")], 1)
    if primaries < 1:
        raise BadInput(f"START {primaries}")
    return primaries


def _outputs(cards: list[str], primaries: int, seed: int) -> Iterator[tuple[int, bytes]]:
    binnings: dict[int, list[usrbin.WrittenBinning]] = {}
    pairs = [card for card in cards if card.startswith("USRBIN")]
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        if "&" not in second[70:80]:
            raise BadInput(f"card {second}")
        unit = -_number(first, 3)
        binnings.setdefault(unit, []).append(_binning(first, second, seed))
    yield from _spectra(cards, primaries, seed)
    for unit, found in binnings.items():
        recorded = RECORDED / "output" / f"minimal001_fort.{unit}"
        if found[0].name in ("dose_xz", "dose_xy"):
            yield unit, usrbin.rescaled(recorded.read_bytes(), primaries, factor(seed))
        else:
            yield unit, usrbin.written("stand-in", primaries, found)


def _spectra(cards: list[str], primaries: int, seed: int) -> Iterator[tuple[int, bytes]]:
    spectra: dict[int, list[usrtrack.WrittenSpectrum]] = {}
    pairs = [card for card in cards if card.startswith("USRTRACK")]
    for first, second in zip(pairs[::2], pairs[1::2], strict=True):
        if "&" not in second[70:80] or not _field(first, 4).startswith("region"):
            raise BadInput(f"card {first}")
        values = [(1 + place) * factor(seed) for place in range(_number(first, 6))]
        energies = float(_field(second, 2)), float(_field(second, 1))
        made = usrtrack.WrittenSpectrum(
            first[70:80].strip(), _number(first, 1), NUMBERS[_field(first, 2)],
            float(_field(first, 5)), *energies, values,
        )  # fmt: skip
        spectra.setdefault(-_number(first, 3), []).append(made)
    for unit, found in spectra.items():
        yield unit, usrtrack.written("stand-in", primaries, found)


def _binning(first: str, second: str, seed: int) -> usrbin.WrittenBinning:
    kind = int(float(_field(first, 1)))
    if kind == 12:
        return _region(first, second, seed)
    high = [float(_field(first, place)) for place in (4, 5, 6)]
    low = [float(_field(second, place)) for place in (1, 2, 3)]
    counts = [_number(second, place) for place in (4, 5, 6)]
    if kind == 11:
        high[1], low[1] = 3.1415927, -3.1415927
    total = counts[0] * counts[1] * counts[2]
    values = [(1 + place % 97) * factor(seed) for place in range(total)]
    number = NUMBERS[_field(first, 2)]
    axes = list(zip(low, high, counts, strict=True))
    return usrbin.WrittenBinning(first[70:80].strip(), kind, number, axes, values)


def _region(first: str, second: str, seed: int) -> usrbin.WrittenBinning:
    """Return a binning of the one region that both cards name; its energies are in GeV."""
    if not _field(first, 4) or _field(first, 4) != _field(second, 1):
        raise BadInput(f"card {first}")
    axes = [(1.0, 1.0, 1)] * 3
    number = NUMBERS[_field(first, 2)]
    return usrbin.WrittenBinning(first[70:80].strip(), 12, number, axes, [factor(seed)])
