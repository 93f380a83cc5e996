"""What would fail only after computing is refused when it is sent."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import InputFiles
from application.simulators.catalog import SimulatorCatalog
from application.submission.submit_job import Submission, SubmitJob
from domain.errors import InvalidInput
from tests.fakes.execution import FakeTaskQueue, FixedClock
from tests.fakes.persistence import FakeStore
from tests.fakes.simulator import ScriptedSimulator


@dataclass
class NothingToRead(ScriptedSimulator):
    def check_scored(self, files: InputFiles) -> None:
        raise InvalidInput("in.txt", "scores nothing")


def submit(simulator: ScriptedSimulator, submission: Submission) -> int:
    """Submit a job; return how many jobs there are then."""
    store = FakeStore()
    executor = LocalProcessExecutor(FakeTaskQueue())
    catalog = SimulatorCatalog([simulator], "mcsquare")
    with store() as work:
        user = work.users.add_local("ann", "x").id
        work.commit()
    job = SubmitJob(store, catalog, executor, FixedClock())(user, submission).job
    return len(job.tasks)


@pytest.mark.parametrize(("ntasks", "primaries"), [(1, 100), (3, 300), (4, 301)])
def test_tasks_that_an_engine_can_count_are_taken(ntasks: int, primaries: int) -> None:
    simulator = ScriptedSimulator(most_task_primaries=100)
    project = {"primaries": primaries}
    assert submit(simulator, Submission("mcsquare", ntasks, project=project)) == ntasks


@pytest.mark.parametrize(("ntasks", "primaries", "needed"), [(1, 101, 2), (3, 301, 4), (2, 900, 9)])
def test_tasks_that_an_engine_can_not_count_are_refused(
    ntasks: int, primaries: int, needed: int
) -> None:
    simulator = ScriptedSimulator(most_task_primaries=100)
    for sent in ({"project": {"primaries": primaries}}, {"files": {"in.txt": b"%d" % primaries}}):
        with pytest.raises(InvalidInput, match=f"ask for {needed} tasks or more") as refused:
            submit(simulator, Submission("mcsquare", ntasks, **sent))  # type: ignore[arg-type]
        assert refused.value.field == "ntasks"


def test_engines_that_count_in_32_bits_say_so() -> None:
    # /run/beamOn and integer parameters of TOPAS take a signed integer of 32 bits.
    assert Geant4.most_task_primaries == Topas(Path()).most_task_primaries == 2_147_483_647


def test_files_that_score_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput, match="scores nothing"):
        submit(NothingToRead(), Submission("mcsquare", 1, files={"in.txt": b"10"}))
    assert submit(NothingToRead(), Submission("mcsquare", 1, project={"primaries": 10})) == 1
