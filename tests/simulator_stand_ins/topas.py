"""A stand-in for TOPAS: `topas FILE`.

Checks that sources, components and materials are there, tells histories as TOPAS does, and writes
a CSV file for each scorer: a recorded one where one was recorded, else made-up values.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.locations import TESTS
from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.behaviour import Behaviour

RECORDED = TESTS / "data" / "simulators" / "topas" / "output"
LINE = re.compile(r"^\s*([a-z]{1,2}c?):(\S+)\s*=\s*([^#]*)", re.I)
UNITS = {"DoseToMedium": "( Gy )", "EnergyDeposit": "( MeV )", "Fluence": "( /mm2 )"}
CENTIMETRES = {"cm": 1.0, "mm": 0.1, "m": 100.0}


class BadInput(Exception):
    pass


def main(argv: list[str]) -> int:
    if len(argv) != 2:
        print("topas: give one parameter file", file=sys.stderr)
        return 1
    print("\nWelcome to TOPAS, Tool for Particle Simulation (Version 3.9)")
    print(f"Loading parameters starting from: {argv[1]}\n", flush=True)
    try:
        found = dict(_parameters(Path(argv[1])))
        seed = int(found.get("Ts/Seed", "1"))
        histories = _check(found, seed)
        files = dict(_outputs(found, Path(argv[1]).name, seed))
    except (BadInput, OSError, ValueError, KeyError) as error:
        print(f"\nTOPAS is exiting due to a serious error.\n{error}", flush=True)
        return 1
    told = behaviour.read(Path(argv[0]), seed)
    behaviour.begin(told)
    return _run(told, histories, files)


def factor(seed: int) -> float:
    """How the results of a run with this seed deviate from the recorded ones."""
    return 1.0 + 0.01 * (seed % 7)


def _run(told: Behaviour, histories: int, files: dict[str, str]) -> int:
    for done in behaviour.steps(told, histories):
        print(f"G4WT0 > Begin processing for Run: 0, History: {done}", flush=True)
        if behaviour.crashes(told, done, histories):
            print("-------- EEEE ------- G4Exception-START -------- EEEE -------", flush=True)
            return behaviour.CRASH_CODE
    print(
        f"\nTOPAS run sequence complete.\nParticle source: Total number of histories: {histories}"
    )
    for name, text in files.items():
        behaviour.leave(told, Path(name), text.encode())
        print(f"Results have been written to file: {name}")
    print("\nElapsed times:", flush=True)
    return 0


def _parameters(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines():
        include = re.match(r"^\s*includeFile\s*=\s*(\S+)", line)
        if include:
            yield from _parameters(path.parent / include[1])
        match = LINE.match(line)
        if match:
            yield match[2], match[3].strip().strip('"')


def _check(found: dict[str, str], seed: int) -> int:
    if not 0 <= seed < 2**31:
        raise BadInput(f"Ts/Seed {seed}")
    names = {name.split("/")[1] for name in found if name.startswith("Ge/")}
    for name, value in found.items():
        last = name.split("/")[-1]
        if last in ("Parent", "Component") and value not in names | {"World"}:
            raise BadInput(f"{name}: {value} has not been defined")
    histories = [int(value) for name, value in found.items() if name.endswith("HistoriesInRun")]
    if not histories:
        raise BadInput("no particle source")
    return sum(histories)


def _outputs(found: dict[str, str], parameters: str, seed: int) -> Iterator[tuple[str, str]]:
    for name, quantity in found.items():
        if not re.fullmatch(r"Sc/[^/]+/Quantity", name):
            continue
        scorer = name.split("/")[1]
        file = found.get(f"Sc/{scorer}/OutputFile", scorer) + ".csv"
        recorded = RECORDED / file
        if recorded.exists():
            lines = [_scaled(line, factor(seed)) for line in recorded.read_text().splitlines()]
        else:
            lines = _table(found, scorer, quantity, factor(seed))
        yield file, "\n".join(lines).replace("minimal.txt", parameters) + "\n"


def _scaled(line: str, by: float) -> str:
    words = line.split(", ")
    if line.startswith("#") or len(words) < 4:
        return line
    return ", ".join([*words[:3], *(repr(float(word) * by) for word in words[3:])])


def _table(found: dict[str, str], scorer: str, quantity: str, by: float) -> list[str]:
    component = found[f"Sc/{scorer}/Component"]
    cylinder = found[f"Ge/{component}/Type"] == "TsCylinder"
    axes = ("R", "Phi", "Z") if cylinder else ("X", "Y", "Z")
    nx, ny, nz = (int(found.get(f"Ge/{component}/{axis}Bins", "1")) for axis in axes)
    histories = sum(int(value) for name, value in found.items() if name.endswith("HistoriesInRun"))
    names = re.findall(r"[A-Z]\w+", found.get(f"Sc/{scorer}/Report", "Sum"))
    divided = [
        _axis(found, component, axis, count)
        for axis, count in zip(axes, (nx, ny, nz), strict=True)
        if nx * ny * nz > 1
    ]
    head = [
        "# TOPAS Version: 3.9",
        "# Parameter File: minimal.txt",
        f"# Results for scorer: {scorer}",
        f"# Scored in component: {component}",
        *divided,
        *_energies(found, scorer),
        f"# {quantity} {UNITS[quantity]} : {'   '.join(names)}   ",
    ]
    # A column for what lies below the bins, above them, and for tracks without an energy.
    bins = int(found.get(f"Sc/{scorer}/EBins", "1"))
    rows = []
    for x in range(nx):
        for y in range(ny):
            for z in range(nz):
                row = _columns((1 + (x + nx * (y + ny * z)) % 97) * by, histories)
                place = [str(x), str(y), str(z)] if divided else []
                values = [repr(row[name]) for name in names]
                beyond = ["-1"] * len(names)
                energies = [*beyond, *values * bins, *beyond, *beyond] if bins > 1 else values
                rows.append(", ".join([*place, *energies]))
    return [*head, *rows]


def _energies(found: dict[str, str], scorer: str) -> Iterator[str]:
    bins = int(found.get(f"Sc/{scorer}/EBins", "1"))
    if bins > 1:
        low, high = (found[f"Sc/{scorer}/EBin{end}"] for end in ("Min", "Max"))
        width = (float(high.split()[0]) - float(low.split()[0])) / bins
        name = {"PreStep": "pre-step energy"}[found[f"Sc/{scorer}/EBinEnergy"]]
        yield f"# Binned by {name} in {bins} bins of {width} MeV from {low} to {high}"


def _columns(mean: float, histories: int) -> dict[str, float]:
    """Return what may be reported of a bin to which every fourth history added the same."""
    return {
        "Mean": mean,
        "Sum": mean * histories,
        "Count_in_Bin": histories // 4,
        "Histories_with_Scorer_Active": histories,
        "Standard_Deviation": mean * 3**0.5,
        "Variance": 3 * mean * mean,
        "Min": 0.0,
    }


def _axis(found: dict[str, str], component: str, axis: str, count: int) -> str:
    if axis == "Phi":
        return f"# Phi in {count} bin  of 360 deg"
    if axis == "R":
        size = _length(found, component, "RMax") - _length(found, component, "RMin")
    else:
        word = f"HL{axis}" if f"Ge/{component}/HL{axis}" in found else "HL"
        size = 2 * _length(found, component, word)
    return f"# {axis} in {count} bin{'s' if count > 1 else ' '} of {size / count:.10f} cm"


def _length(found: dict[str, str], component: str, word: str) -> float:
    number, unit = found[f"Ge/{component}/{word}"].split()
    return float(number) * CENTIMETRES[unit]
