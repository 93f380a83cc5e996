"""Work that nobody does any more is found and done."""

import random
from dataclasses import dataclass, field

import pytest

from adapters.compression.gzip import GzipCompressor
from adapters.executors.local_process.executor import LocalProcessExecutor
from application.cancellation.cancel_job import CancelJob
from application.leases.clock_steps import ClockSteps
from application.merging.claim_merge import ClaimMerge
from application.merging.settle_job import SettleJob
from application.merging.store_results import StoreResults
from application.ports.result_repository import StoredEstimator
from application.ports.task_queue import MergeMessage, TaskMessage
from application.running.claim_task import ClaimTask
from application.running.release_work import ReleaseWork
from application.running.report_progress import ReportProgress
from application.simulators.catalog import SimulatorCatalog
from application.submission.submit_job import Submission, SubmitJob
from application.upkeep.recover_lost_tasks import MOST_LOSSES, RecoverLostTasks
from application.upkeep.sweep_task_files import SweepTaskFiles
from domain.errors import InvalidInput
from domain.job import Job, TaskReport
from domain.states import EntityState
from tests.fakes.execution import FakeTaskQueue, FixedClock, InMemoryTaskFiles
from tests.fakes.persistence import FakeStore
from tests.fakes.simulator import ScriptedSimulator
from tests.job_refs import job_ref

S = EntityState
LEASE = 60


@dataclass
class Floor:
    """All use cases of one installation over fakes."""

    store: FakeStore = field(default_factory=FakeStore)
    queue: FakeTaskQueue = field(default_factory=FakeTaskQueue)
    clock: FixedClock = field(default_factory=FixedClock)

    def __post_init__(self) -> None:
        store, queue, clock = self.store, self.queue, self.clock
        executor = LocalProcessExecutor(queue)
        catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
        settle = SettleJob(store, queue, clock)
        self.submit = SubmitJob(store, catalog, executor, clock)
        self.claim = ClaimTask(store, clock, LEASE)
        self.report = ReportProgress(store, settle, clock, LEASE)
        self.cancel = CancelJob(store, executor, clock)
        self.claim_merge = ClaimMerge(store, clock, LEASE)
        self.store_results = StoreResults(store, GzipCompressor(), queue, clock)
        steady = ClockSteps(clock, 30, monotonic=lambda: clock.now().timestamp())
        self.recover = RecoverLostTasks(store, executor, queue, settle, clock, 30, steady)
        with store() as work:
            self.user_id = work.users.add_local("ann", "x").id
            work.commit()

    def new_job(self, ntasks: int = 2, primaries: int = 10) -> Job:
        project = {"primaries": primaries}
        return self.submit(self.user_id, Submission("mcsquare", ntasks, project=project)).job

    def job(self, job: Job) -> Job:
        with self.store() as work:
            return work.jobs.by_job_id(job.job_id)

    def finish(self, job: Job, index: int, state: EntityState = S.COMPLETED) -> None:
        self.report(job.ref, TaskReport(index, None, state))


@pytest.fixture
def floor() -> Floor:
    return Floor()


def test_a_job_settles_exactly_once_whatever_order_its_reports_come_in(floor: Floor) -> None:
    job = floor.new_job(ntasks=5)
    reports = [
        TaskReport(index, 1, state) for index in range(1, 6) for state in (S.RUNNING, S.COMPLETED)
    ]
    reports += reports
    random.Random(1).shuffle(reports)
    for report in reports:
        floor.report(job.ref, report)
    assert floor.queue.merges == [MergeMessage(job.ref)]
    assert floor.job(job).state is S.MERGING_QUEUED


def test_results_complete_the_job(floor: Floor) -> None:
    job = floor.new_job()
    for index in (1, 2):
        floor.finish(job, index)
    order = floor.claim_merge(job.ref, "m")
    assert order is not None
    assert [task.primaries for task in order.tasks] == [5, 5]
    floor.store_results(job.ref, [StoredEstimator("e", b"{}", [])])
    assert floor.job(job).state is S.COMPLETED
    assert floor.queue.cleanups == [job.ref]


def test_one_failed_task_fails_the_job_but_keeps_what_the_others_scored(floor: Floor) -> None:
    job = floor.new_job()
    floor.finish(job, 1)
    floor.finish(job, 2, S.FAILED)
    order = floor.claim_merge(job.ref, "m")
    assert order is not None
    assert [task.index for task in order.tasks] == [1]
    floor.store_results(job.ref, [StoredEstimator("e", b"{}", [])])
    assert floor.job(job).state is S.FAILED
    with floor.store() as work:
        assert work.results.titles(job.simulation_id)


def test_a_job_whose_tasks_all_failed_fails_without_a_merge(floor: Floor) -> None:
    job = floor.new_job()
    for index in (1, 2):
        floor.finish(job, index, S.FAILED)
    assert floor.job(job).state is S.FAILED
    assert not floor.queue.merges


def test_a_silent_task_is_run_again_and_its_old_self_ignored(floor: Floor) -> None:
    job = floor.new_job()
    message = floor.queue.tasks.pop(0)
    assert floor.claim(message, "c") is not None
    floor.clock.advance(LEASE + 1)
    floor.recover()
    assert floor.queue.tasks[-1] == TaskMessage(job.ref, 1, 2)
    assert not floor.report(job.ref, TaskReport(1, 1, S.COMPLETED))
    assert floor.job(job).tasks[0].state is S.PENDING
    assert floor.claim(floor.queue.tasks[-1], "d") is not None


def test_a_task_that_reports_is_not_lost(floor: Floor) -> None:
    job = floor.new_job(ntasks=1)
    floor.claim(floor.queue.tasks.pop(0), "c")
    for _ in range(5):
        floor.clock.advance(LEASE - 1)
        assert floor.report(job.ref, TaskReport(1, 1, S.RUNNING))
        floor.recover()
    assert not floor.queue.tasks


def test_a_task_that_is_always_lost_is_given_up_with_a_log(floor: Floor) -> None:
    job = floor.new_job(ntasks=1)
    for _ in range(MOST_LOSSES):
        floor.claim(floor.queue.tasks.pop(), "c")
        floor.clock.advance(LEASE + 1)
        floor.recover()
    assert floor.job(job).state is S.FAILED
    with floor.store() as work:
        assert "lost 4 times" in work.results.logs(job.simulation_id)["task_0001_lost.log"]


def test_a_waiting_task_whose_message_was_lost_is_enqueued_again(floor: Floor) -> None:
    floor.new_job()
    messages = list(floor.queue.tasks)
    floor.clock.advance(31)
    floor.recover()
    assert floor.queue.tasks == messages
    del floor.queue.tasks[0]
    floor.recover()
    assert floor.queue.tasks == messages[1:], "it was there a moment ago"
    floor.clock.advance(31)
    floor.recover()
    assert floor.queue.tasks == [*messages[1:], messages[0]]
    floor.recover()
    assert len(floor.queue.tasks) == len(messages)


def test_a_lost_merge_is_done_again(floor: Floor) -> None:
    job = floor.new_job()
    for index in (1, 2):
        floor.finish(job, index)
    floor.queue.tasks.clear()
    floor.queue.merges.clear()
    floor.recover()
    assert floor.queue.merges == [MergeMessage(job.ref)]
    floor.claim_merge(job.ref, "dead")
    floor.queue.merges.clear()
    floor.recover()
    assert not floor.queue.merges
    floor.clock.advance(LEASE + 31)
    floor.recover()
    assert floor.queue.merges == [MergeMessage(job.ref)]
    assert floor.claim_merge(job.ref, "alive") is not None


def test_a_job_that_nobody_settled_is_settled(floor: Floor) -> None:
    job = floor.new_job()
    with floor.store() as work:
        for index in (1, 2):
            now = floor.clock.now()
            work.jobs.apply_report(job.simulation_id, TaskReport(index, 1, S.COMPLETED), now, now)
        work.commit()
    floor.recover()
    assert floor.job(job).state is S.MERGING_QUEUED


def test_nothing_revives_a_cancelled_job(floor: Floor) -> None:
    job = floor.new_job()
    floor.claim(floor.queue.tasks[0], "c")
    floor.cancel(floor.user_id, job.job_id)
    assert not floor.report(job.ref, TaskReport(1, 1, S.COMPLETED))
    floor.store_results(job.ref, [StoredEstimator("e", b"{}", [])])
    floor.clock.advance(1000)
    floor.recover()
    assert floor.job(job).state is S.CANCELED
    assert not floor.queue.merges
    assert floor.claim(floor.queue.tasks[1], "d") is None


def test_files_of_jobs_that_are_over_are_swept(floor: Floor) -> None:
    running, over = floor.new_job(), floor.new_job()
    floor.cancel(floor.user_id, over.job_id)
    jobs = (running.ref, over.ref, job_ref(999))
    names = [name for job in jobs for name in (job.job_id, str(job.simulation_id))]
    files = InMemoryTaskFiles({(name, 1, 1): {} for name in names})
    SweepTaskFiles(floor.store, files, floor.clock)()
    # Those of a version before lie under the number of their job.
    assert files.kept() == sorted([running.job_id, str(running.simulation_id)])


def test_a_worker_that_starts_without_a_claim_starts_the_job(floor: Floor) -> None:
    job = floor.new_job()
    floor.report(job.ref, TaskReport(1, None, S.RUNNING))
    assert floor.job(job).state is S.RUNNING


def test_common_means_whatever_reads_the_files() -> None:
    catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
    assert catalog.meant("common", {"in.txt": b"5"}).name == "mcsquare"
    assert catalog.meant("COMMON", None).name == "mcsquare"
    with pytest.raises(InvalidInput, match="can't be told"):
        catalog.meant("common", {"other.txt": b""})


def test_a_queue_that_is_away_loses_nothing(floor: Floor) -> None:
    floor.queue.away = True
    project = {"primaries": 10}
    submitted = floor.submit(floor.user_id, Submission("mcsquare", 2, project=project))
    assert not submitted.started
    floor.clock.advance(31)
    floor.recover()
    floor.queue.away = False
    floor.recover()
    key = submitted.job.ref
    assert floor.queue.tasks == [TaskMessage(key, 1, 1), TaskMessage(key, 2, 1)]
    floor.queue.away = True
    for index in (1, 2):
        floor.finish(submitted.job, index)
    assert floor.job(submitted.job).state is S.MERGING_QUEUED
    floor.queue.away = False
    floor.recover()
    assert floor.queue.merges == [MergeMessage(key)]


def test_users_who_submit_at_once_are_served_in_turns(floor: Floor) -> None:
    with floor.store() as work:
        bob = work.users.add_local("bob", "x").id
        work.commit()
    first = floor.new_job(ntasks=4)
    project = {"primaries": 10}
    other = floor.submit(bob, Submission("mcsquare", 2, project=project)).job
    again = floor.new_job(ntasks=1)
    served = sorted(floor.queue.tasks, key=lambda message: message.turn)
    assert [(message.job, message.index) for message in served] == [
        (first.ref, 1), (other.ref, 1),
        (first.ref, 2), (other.ref, 2),
        (first.ref, 3), (first.ref, 4), (again.ref, 1),
    ]  # fmt: skip


def test_a_task_that_is_handed_back_often_is_not_given_up(floor: Floor) -> None:
    job = floor.new_job(ntasks=1)
    release = ReleaseWork(floor.store, floor.queue, floor.clock)
    for _ in range(MOST_LOSSES + 1):
        message = floor.queue.tasks.pop()
        assert floor.claim(message, "c") is not None
        release.task(message, "c")
    floor.recover()
    assert floor.job(job).state is S.RUNNING
    assert floor.queue.tasks == [TaskMessage(job.ref, 1, MOST_LOSSES + 2)]
