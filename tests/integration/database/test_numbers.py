"""What a removed job left behind does nothing to another, though their numbers are the same.

The databases never give a number away twice. One that was restored from a backup does.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from adapters.auth.jwt_tokens import JwtTokenIssuer
from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.files.directory import DirectoryTaskFiles
from adapters.queue.task_queue import HueyTaskQueue
from application.leases.clock_steps import ClockSteps
from application.merging.settle_job import SettleJob
from application.ports.security import UpdateClaims
from application.ports.task_queue import TaskMessage
from application.running.report_progress import ReportProgress
from application.running.update_keys import UpdateKeys
from application.upkeep.recover_lost_tasks import RecoverLostTasks
from application.upkeep.sweep_task_files import SweepTaskFiles
from domain.errors import NotAllowed
from domain.job import Job, JobRef, TaskReport
from domain.states import EntityState
from tests.contracts.persistence import NOW, add_job, add_user
from tests.fakes.execution import FixedClock
from tests.integration.database.conftest import Store
from tests.job_refs import job_ref

S = EntityState

BEGIN_ANEW = {
    "sqlite": "DELETE FROM sqlite_sequence WHERE name = 'job'",
    "postgresql": "ALTER SEQUENCE job_id_seq RESTART",
}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def jobs(store: Store, engine: Engine) -> tuple[Job, Job]:
    """Return a job that was removed and the one that has its number now, of another user."""
    gone = add_job(store, add_user(store), job_ref(1).job_id)
    with store() as work:
        work.jobs.remove(gone.simulation_id)
        work.commit()
    with engine.begin() as connection:
        connection.execute(text(BEGIN_ANEW[engine.dialect.name]))
    there = add_job(store, add_user(store, "bob"), job_ref(2).job_id)
    assert there.simulation_id == gone.simulation_id
    return gone, there


def test_a_key_of_the_removed_job_is_refused(
    store: Store, clock: FixedClock, jobs: tuple[Job, Job], tmp_path: Path
) -> None:
    gone, there = jobs
    tokens = JwtTokenIssuer(clock, "a secret")
    keys = UpdateKeys(store, tokens, clock)
    queue = HueyTaskQueue(str(tmp_path))
    report = ReportProgress(store, SettleJob(store, queue, clock), clock, 60)
    key = keys.claims(tokens.issue_update_key(gone.ref).text)
    before = _all(store, there)
    with pytest.raises(NotAllowed, match="another simulation"):
        keys.job(key)
    for index in (1, 2, 3):
        with pytest.raises(NotAllowed, match="another simulation"):
            report(key.job, TaskReport(index, 1, S.COMPLETED), key)
    assert _all(store, there) == before
    own = keys.claims(tokens.issue_update_key(there.ref).text)
    assert keys.job(own) == there.ref
    assert report(own.job, TaskReport(1, 1, S.COMPLETED), own)


def test_a_nameless_key_that_is_older_than_the_job_is_refused(
    store: Store, clock: FixedClock, jobs: tuple[Job, Job]
) -> None:
    _, there = jobs
    keys = UpdateKeys(store, JwtTokenIssuer(clock, "a secret"), clock)
    nameless = JobRef(there.simulation_id, "")
    with pytest.raises(NotAllowed):
        keys.job(UpdateClaims(nameless, NOW - timedelta(hours=1)))
    assert keys.job(UpdateClaims(nameless, NOW)) == there.ref


def test_a_message_for_the_removed_job_is_none_for_the_other(
    store: Store, clock: FixedClock, jobs: tuple[Job, Job], tmp_path: Path
) -> None:
    gone, there = jobs
    queue = HueyTaskQueue(str(tmp_path))
    queue.enqueue_tasks([TaskMessage(gone.ref, index, 1) for index in (1, 2, 3)])
    executor, steady = LocalProcessExecutor(queue), ClockSteps(clock, 0, lambda: 0.0)
    settle = SettleJob(store, queue, clock)
    recover = RecoverLostTasks(store, executor, queue, settle, clock, 30, steady)
    clock.advance(31)
    recover()
    # Those that wait are another's: the three of this job are asked for besides.
    waiting = set(queue.waiting_work())
    assert {TaskMessage(there.ref, index, 1) for index in (1, 2, 3)} < waiting
    assert len(waiting) == 6


def test_files_and_cleanups_are_the_removed_jobs_alone(
    store: Store, clock: FixedClock, jobs: tuple[Job, Job], tmp_path: Path
) -> None:
    gone, there = jobs
    files = DirectoryTaskFiles(tmp_path / "task-files")
    output = tmp_path / "out"
    output.write_text("of the removed job")
    files.put(gone.ref, 1, 1, [output])
    with pytest.raises(FileNotFoundError), files.fetch(there.ref, 1, 1):
        pass
    output.write_text("of the other")
    files.put(there.ref, 1, 1, [output])
    files.remove(gone.job_id)
    with files.fetch(there.ref, 1, 1) as folder:
        assert (folder / "out").read_text() == "of the other"
    files.put(gone.ref, 2, 1, [output])
    SweepTaskFiles(store, files, clock)()
    assert files.kept() == [there.job_id]


def _all(store: Store, job: Job) -> object:
    with store(read_only=True) as work:
        return work.jobs.by_job_id(job.job_id)
