"""What it costs to run an engine that does nothing: launcher, keeper, confinement, sweep."""

import os
import tempfile
from contextlib import closing
from pathlib import Path

from adapters.executors.local_process.confinement.coverage import Confine
from adapters.executors.local_process.launching.process_tree import children, descendants
from adapters.executors.local_process.runner import LocalProcessRunner
from application.ports.simulator import Command
from benchmarks.rows import Measured, Row, milliseconds, timed
from benchmarks.service import Bench

RUNS = 200
NOTHING = Command(["/bin/true"])


def _run(runner: LocalProcessRunner) -> None:
    with tempfile.TemporaryDirectory(prefix="yaptide-run-") as folder:
        runner.run(NOTHING, Path(folder), lambda _: True)


def _runs(confine: Confine) -> Row:
    def measure(bench: Bench) -> Measured:
        del bench
        with closing(LocalProcessRunner(confine=confine)) as runner:
            first = timed(lambda: _run(runner))
            note = f"{1000 * first:.0f} ms the first, which starts the launcher"
            return milliseconds([timed(lambda: _run(runner)) for _ in range(RUNS)], note)

    return Row(f"run of nothing, confinement {confine.value}", measure, database="sqlite")


def launcher_and_keeper(bench: Bench) -> Measured:
    """Memory of the two, what they share divided between them: for each run at once one keeper."""
    del bench
    with closing(LocalProcessRunner()) as runner:
        _run(runner)
        launcher = children(os.getpid())[-1]
        sizes = [_proportional_mib(pid) for pid in descendants([launcher])]
    return Measured(sum(sizes), "MiB", note=", ".join(f"{size:.1f}" for size in sizes))


def _proportional_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


ROWS = (
    _runs(Confine.REQUIRED),
    _runs(Confine.OFF),
    Row("memory of launcher and keeper", launcher_and_keeper, database="sqlite"),
)
