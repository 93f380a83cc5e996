"""MCsquare run as a worker runs it, for tests of what it scores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from adapters.executors.local_process.runner import LocalProcessRunner
from adapters.simulators.mcsquare.simulator import McSquare
from application.ports.simulator import TaskOutput
from application.running.run_task import write_files
from domain.estimator import Estimator
from domain.primaries import share_primaries

Run = Callable[..., list[Estimator]]


@pytest.fixture
def runner() -> Iterator[LocalProcessRunner]:
    runner = LocalProcessRunner()
    yield runner
    runner.close()


@pytest.fixture
def run(simulators_dir: Path, tmp_path: Path, runner: LocalProcessRunner) -> Run:
    mcsquare = McSquare(simulators_dir)

    def task(files: Any, primaries: int, seed: int) -> TaskOutput:
        folder = Path(mkdtemp(dir=tmp_path))
        write_files(folder, mcsquare.task_files(files, primaries, seed))
        outcome = runner.run(mcsquare.command(folder, seed), folder, lambda _: True)
        mcsquare.collect(folder, outcome.exit_code, outcome.log)
        (folder / "CT.raw").unlink()
        return TaskOutput(folder, primaries)

    def run(
        project: Any, primaries: int, tasks: int = 2, first_seed: int = 1, raw: bool = False
    ) -> list[Estimator]:
        converted = mcsquare.convert(project, skip_unsupported=True)
        shares = share_primaries(primaries, tasks)
        with ThreadPoolExecutor(2) as pool:
            outputs = list(
                pool.map(
                    lambda item: task(converted.files, item[1], first_seed + item[0]),
                    enumerate(shares),
                )
            )
        return mcsquare.merge(outputs, converted.files)

    return run
