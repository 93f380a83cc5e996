"""A stand-in for an application of Geant4: `geant4_app GEOMETRY.gdml MACRO.mac`.

Checks that the geometry is XML whose references lead somewhere, obeys the macro, prints events as
/run/printProgress asks, and dumps made-up values that depend on the seed.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.simulator_stand_ins import behaviour
from tests.simulator_stand_ins.behaviour import Behaviour

UNITS = {"energyDeposit": "MeV", "doseDeposit": "Gy", "cellFlux": "percm2"}
KNOWN = ("/run/", "/gps/", "/score/", "/random/", "/analysis/")


class BadInput(Exception):
    pass


@dataclass
class Mesh:
    cylinder: bool
    bins: list[int] = field(default_factory=list)
    quantities: dict[str, str] = field(default_factory=dict)


def main(argv: list[str]) -> int:
    if len(argv) != 3:
        print("geant4_app: give a geometry and a macro", file=sys.stderr)
        return 1
    try:
        _check_geometry(Path(argv[1]))
        return _obey(Path(argv[0]), Path(argv[2]))
    except (BadInput, OSError, ElementTree.ParseError, IndexError, ValueError, KeyError) as error:
        print(
            f"***** COMMAND NOT FOUND or wrong: {error}\n***** Batch is interrupted!!", flush=True
        )
        return 0


def factor(seed: int) -> float:
    """How the results of a run with this seed deviate from the made-up ones."""
    return 1.0 + 0.01 * (seed % 7)


def _check_geometry(path: Path) -> None:
    root = ElementTree.parse(path).getroot()
    names = {item.get("name") for item in root.iter() if item.get("name")}
    for item in root.iter():
        reference = item.get("ref")
        if reference and reference not in names and not reference.startswith("G4_"):
            raise BadInput(f"GDML: {reference} not found")


class _Run:
    """What the commands of a macro have made so far."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable
        self.meshes: dict[str, Mesh] = {}
        self.mesh = Mesh(False)
        self.seed = self.primaries = 0
        self.interval = 10**9
        self.told = Behaviour()

    def obey(self, words: list[str]) -> bool:
        """Do what a command says; False when the run broke off."""
        path, *rest = words
        if not path.startswith(KNOWN):
            raise BadInput(path)
        if path.startswith("/score/"):
            self._score(path, rest)
        elif path == "/random/setSeeds":
            self.seed = int(rest[0])
        elif path == "/run/printProgress":
            self.interval = int(rest[0])
        elif path == "/run/beamOn":
            self.primaries = int(rest[0])
            self.told = behaviour.read(self.executable, self.seed)
            behaviour.begin(self.told)
            return _simulate(self.told, self.primaries, self.interval)
        return True

    def _score(self, path: str, rest: list[str]) -> None:
        if path in ("/score/create/boxMesh", "/score/create/cylinderMesh"):
            self.mesh = self.meshes[rest[0]] = Mesh("cylinder" in path)
        elif path == "/score/mesh/nBin":
            self.mesh.bins = [int(word) for word in rest[:3]]
        elif path.startswith("/score/quantity/"):
            self.mesh.quantities[rest[0]] = UNITS[path.rpartition("/")[2]]
        elif path == "/score/dumpQuantityToFile":
            text = _table(rest[0], self.meshes[rest[0]], rest[1], self.primaries, self.seed)
            behaviour.leave(self.told, Path(rest[2]), text.encode())


def _obey(executable: Path, path: Path) -> int:
    run = _Run(executable)
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split()
        if words and not run.obey(words):
            return behaviour.CRASH_CODE
    return 0


def _simulate(told: Behaviour, primaries: int, interval: int) -> bool:
    before = -1
    for done in behaviour.steps(told, primaries):
        if (done - 1) // interval > before:
            before = (done - 1) // interval
            print(f"--> Event {before * interval} starts.", flush=True)
        if behaviour.crashes(told, done, primaries):
            print(
                "*** G4Exception : GeomNav0003\n*** Fatal Exception *** core dump ***", flush=True
            )
            return False
    print(" Run terminated.", flush=True)
    return True


def _table(name: str, mesh: Mesh, quantity: str, primaries: int, seed: int) -> str:
    unit = mesh.quantities[quantity]
    if mesh.cylinder:
        radial, along, around = mesh.bins
        axes, (na, nb, nc) = ("Z", "PHI", "R"), (along, around, radial)
    else:
        axes, (na, nb, nc) = ("X", "Y", "Z"), mesh.bins
    lines = [
        f"# mesh name: {name}",
        f"# primitive scorer name: {quantity}",
        f"# i{axes[0]}, i{axes[1]}, i{axes[2]}, total(value) [{unit}], total(val^2), entry",
    ]
    for a in range(na):
        for b in range(nb):
            for c in range(nc):
                value = (1 + (a + b + c) % 97) * primaries * factor(seed)
                lines.append(f"{a},{b},{c},{value!r},{value * value!r},{primaries}")
    return "\n".join(lines) + "\n"
