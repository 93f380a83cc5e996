"""Merging the outputs of many tasks, in a process of its own whose memory is measured."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rows import Measured, Row
from benchmarks.service import Bench
from tests.simulator_stand_ins import bdo

VALUES = 100_000
PRIMARIES = 1000


def _merge(ntasks: int) -> Row:
    def measure(bench: Bench) -> Measured:
        del bench
        with tempfile.TemporaryDirectory(prefix="yaptide-merge-") as folder:
            _write_outputs(Path(folder), ntasks)
            argv = [sys.executable, "-m", "benchmarks.merging", folder, str(ntasks)]
            # What it complains of is to be seen.
            done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
        found = json.loads(done.stdout)
        note = f"{found['values']} values, {found['json_mib']:.1f} MiB of JSON"
        return Measured(found["seconds"], "s", memory=found["mib"], note=note)

    older = {100: 98.0}.get(ntasks)
    return Row(f"merge {ntasks} tasks of 1e5 values", measure, older, "sqlite")


def _write_outputs(folder: Path, ntasks: int) -> None:
    axes = ((0.0, 1.0, 100), (0.0, 1.0, 10), (0.0, 10.0, 100))
    values = [1.0 + place % 97 for place in range(VALUES)]
    page = bdo.WrittenPage(5, bdo.PER_PRIMARY, "MeV/g", values)
    first = folder / "0001"
    first.mkdir()
    bdo.write(first / "mesh_0001.bdo", bdo.WrittenFile(PRIMARIES, [page], axes=axes))
    recorded = (first / "mesh_0001.bdo").read_bytes()
    for index in range(2, ntasks + 1):
        task = folder / f"{index:04d}"
        task.mkdir()
        scaled = bdo.rescaled(recorded, PRIMARIES, 1 + index / 1000)
        (task / f"mesh_{index:04d}.bdo").write_bytes(scaled)


def _highest_mib() -> float:
    """Return the most memory that this process has held, which Linux counts from its start."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


def _main(folder: Path, ntasks: int) -> None:
    """Merge what lies in `folder` as a worker does and print time and memory as JSON."""
    import time

    from adapters.callbacks.result_json import results_json, stored_estimators
    from adapters.simulators.shieldhit.simulator import ShieldHit
    from application.ports.simulator import TaskOutput

    tasks = [TaskOutput(folder / f"{index:04d}", PRIMARIES) for index in range(1, ntasks + 1)]
    before, start = _highest_mib(), time.perf_counter()
    merged = ShieldHit(folder).merge(tasks, {})
    body = results_json(stored_estimators(merged), {})
    found = {
        "seconds": time.perf_counter() - start,
        "mib": _highest_mib() - before,
        "values": sum(len(page.values) for estimator in merged for page in estimator.pages),
        "json_mib": len(body) / (1 << 20),
    }
    print(json.dumps(found))


ROWS = tuple(_merge(ntasks) for ntasks in (10, 100, 1000))

if __name__ == "__main__":
    _main(Path(sys.argv[1]), int(sys.argv[2]))
