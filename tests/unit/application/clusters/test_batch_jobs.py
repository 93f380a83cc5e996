"""Batch jobs through the use cases, over a cluster that does what it is told."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.compression.gzip import GzipCompressor
from adapters.executors.slurm_ssh.executor import SlurmExecutor
from adapters.http.results.merged_results import read_merged
from application.accounts.cluster_accounts import ClusterAccounts
from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.clusters.attend_batch_job import AttendBatchJob
from application.clusters.batch_log import BatchLog
from application.clusters.bring_in_outputs import BringInOutputs
from application.clusters.follow_batch_job import FollowBatchJob, Following
from application.clusters.poll_cluster import Pace, PollCluster
from application.clusters.start_batch_job import Reporting, StartBatchJob, shared_files
from application.clusters.sweep_clusters import SweepClusters
from application.clusters.take_merged_results import TakeMergedResults
from application.merging.settle_job import SettleJob
from application.merging.store_results import StoreResults
from application.ports.batch_recipe import BatchRecipe
from application.ports.batch_repository import ClusterUser
from application.ports.ssh_credentials import SshKeyPair
from application.simulators.catalog import SimulatorCatalog
from application.submission.submit_batch_job import BatchWish, SubmitBatchJob
from application.submission.submit_job import Submission, SubmitJob
from domain.batch import GONE, Phase, RemoteState
from domain.cluster import Cluster
from domain.errors import ClusterRefused, ClusterUnreachable, JobStillOnCluster, NotAllowed
from domain.job import Job
from domain.states import EntityState
from domain.users import KeycloakUser
from tests.fakes.clusters import DONE, RUNNING, FakeClusters, completed, status
from tests.fakes.execution import DirectComputation, FakeTaskQueue, FixedClock, InMemoryTaskFiles
from tests.fakes.persistence import FakeStore
from tests.fakes.simulator import ScriptedSimulator

S = EntityState


class Keys:
    def for_user(self, user_id: int) -> SshKeyPair:
        return SshKeyPair("", "key")


@dataclass
class Site:
    """All use cases of batch jobs over fakes."""

    work_dir: Path
    store: FakeStore = field(default_factory=FakeStore)
    clusters: FakeClusters = field(default_factory=FakeClusters)
    queue: FakeTaskQueue = field(default_factory=FakeTaskQueue)
    clock: FixedClock = field(default_factory=FixedClock)
    files: InMemoryTaskFiles = field(default_factory=InMemoryTaskFiles)

    def __post_init__(self) -> None:
        simulators = SimulatorCatalog([ScriptedSimulator()], "mcsquare", lambda _: False)
        accounts, log = ClusterAccounts(self.store, Keys()), BatchLog(self.store, self.clock)
        executor = SlurmExecutor(self.queue)
        settle = SettleJob(self.store, self.queue, self.clock)
        submit = SubmitJob(self.store, simulators, executor, self.clock)
        self.submit_job = SubmitBatchJob(self.store, submit, self.clusters, accounts, ["mcsquare"])
        recipes = {"mcsquare": lambda files: BatchRecipe(["true"])}
        start = StartBatchJob(
            self.store, self.clusters, accounts, simulators, recipes,
            Reporting("http://us", lambda key: f"key of {key}"), log, self.clock,
        )  # fmt: skip
        bring = BringInOutputs(
            self.store, self.clusters, simulators, self.files, DirectComputation(), self.work_dir
        )
        store = StoreResults(self.store, GzipCompressor(), self.queue, self.clock)
        take = TakeMergedResults(self.store, self.clusters, read_merged, store, self.clock)
        follow = FollowBatchJob(
            self.store, self.clusters, Following(take, bring, settle, log), self.clock
        )
        self.poll = PollCluster(
            self.store, self.clusters, accounts, start, follow, log, self.clock, Pace(lambda: 0.0)
        )
        self.attend = AttendBatchJob(self.store, self.clusters, accounts, start, self.clock)
        self.cancel = CancelJob(self.store, executor, self.clock)
        self.remove = RemoveJob(self.store, self.queue)
        self.sweep = SweepClusters(self.store, self.clusters, accounts, self.clock, 30)
        with self.store() as work:
            self.cluster = work.clusters.add(Cluster("ares", "login.example"))
            self.user: KeycloakUser = work.users.ensure_keycloak("ann")
            work.commit()

    @property
    def whose(self) -> ClusterUser:
        return ClusterUser(self.user.id, self.cluster.id)

    def submit(self, ntasks: int = 2) -> Job:
        submission = Submission("mcsquare", ntasks, project={"primaries": 10})
        return self.submit_job(self.user, submission, BatchWish()).job

    def submitted(self, ntasks: int = 2) -> Job:
        job = self.submit(ntasks)
        self.attend(job.ref)
        return job

    def round(self, seconds: float = 60) -> None:
        self.clock.advance(seconds)
        for whose in self.poll.due():
            self.poll(whose)

    def job(self, job: Job) -> Job:
        with self.store() as work:
            found: Job = work.jobs.by_simulation_id(job.simulation_id)
        return found

    def log(self, job: Job, name: str = "cluster.log") -> str:
        with self.store() as work:
            return str(work.results.logs(job.simulation_id).get(name, ""))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


def test_a_job_is_submitted_once_with_each_tasks_input(site: Site) -> None:
    job = site.submitted(3)
    site.attend(job.ref)
    (order,) = site.clusters.orders
    assert list(order.shares) == [4, 3, 3]
    assert order.own[2] == {"in.txt": b"3 2"}
    assert order.update_key == f"key of {job.ref}"


def test_a_lost_message_is_made_good_by_the_next_round(site: Site) -> None:
    site.submit()
    site.round(0)
    assert len(site.clusters.orders) == 1


def test_a_submission_whose_answer_was_lost_is_not_repeated(site: Site) -> None:
    site.clusters.failures = [ClusterUnreachable("Socket timed out")]
    site.clusters.accepts_before_failing = True
    job = site.submitted()
    assert "Socket timed out" in site.log(job)
    assert site.job(job).state is S.PENDING
    site.round(20)
    assert len(site.clusters.orders) == 1
    assert "Submitted" in site.log(job)


def test_a_refused_submission_fails_with_the_clusters_words(site: Site) -> None:
    site.clusters.failures = [ClusterRefused("Invalid partition name specified")]
    job = site.submitted()
    assert site.job(job).state is S.FAILED
    assert {task.state for task in site.job(job).tasks} == {S.FAILED}
    assert "Invalid partition name" in site.log(job)
    assert not site.poll.due()


def test_outputs_are_brought_in_before_the_merge_is_asked_for(site: Site) -> None:
    job = site.submitted()
    site.clusters.answers[job.job_id] = status(RUNNING, DONE, nodes={2: completed(5)})
    site.round()
    assert [task.state for task in site.job(job).tasks] == [S.RUNNING, S.COMPLETED]
    assert site.job(job).state is S.RUNNING
    nodes = {1: completed(5), 2: completed(5)}
    site.clusters.answers[job.job_id] = status(DONE, DONE, nodes=nodes)
    site.round()
    assert not site.queue.merges
    site.clusters.outputs = {1: {"in.txt": b"x"}, 2: {"in.txt": b"y"}}
    site.clusters.answers[job.job_id] = status(DONE, DONE, collect=DONE, nodes=nodes)
    site.round()
    assert site.job(job).state is S.MERGING_QUEUED
    assert [merge.job for merge in site.queue.merges] == [job.ref]
    assert site.files.files[job.job_id, 2, 1] == {"in.txt": b"y"}
    assert not site.poll.due()


RESULTS = {
    "estimators": [
        {"name": "dose", "pages": [{"dimensions": 0, "data": {"name": "D", "values": [1.5]}}]}
    ],
    "merged": [1, 3],
    "rejected": {"2": {"task_0002_error.log": "dose.bdo breaks off"}},
    "logs": {"task_0001_run.log": "all well"},
}


def merged_on_the_cluster(site: Site, **changes: object) -> Job:
    """Return a job of three completed tasks whose cluster has left results, after a round."""
    job = site.submitted(3)
    nodes = {index: completed(4) for index in (1, 2, 3)}
    site.clusters.answers[job.job_id] = status(DONE, DONE, DONE, collect=DONE, nodes=nodes)
    site.clusters.outputs = {index: {"in.txt": b"x"} for index in (1, 2, 3)}
    site.clusters.merged_there[job.job_id] = json.dumps({**RESULTS, **changes}).encode()
    site.round()
    return site.job(job)


def test_results_that_a_cluster_has_merged_are_taken_as_they_are(site: Site) -> None:
    job = merged_on_the_cluster(site)
    assert [task.state for task in job.tasks] == [S.COMPLETED, S.FAILED, S.COMPLETED]
    assert job.state is S.FAILED
    assert not site.queue.merges
    assert not site.files.files
    assert site.log(job, "task_0002_error.log") == "dose.bdo breaks off"
    assert site.log(job, "task_0001_run.log") == "all well"
    with site.store() as work:
        (found,) = work.results.titles(job.simulation_id)
    assert found.name == "dose"
    assert not site.poll.due()


@pytest.mark.parametrize(
    "changes",
    [{"merged": [1]}, {"merged": [1, 2, 3, 4]}, {"estimators": []}, {"estimators": [{"name": ""}]}],
)
def test_results_of_other_tasks_or_no_results_at_all_leave_the_merge_to_us(
    site: Site, changes: dict[str, object]
) -> None:
    job = merged_on_the_cluster(site, **changes)
    assert job.state is S.MERGING_QUEUED
    assert {task.state for task in job.tasks} == {S.COMPLETED}
    assert len(site.files.files) == 3


def test_tasks_without_good_outputs_fail_alone_and_the_others_are_merged(site: Site) -> None:
    job = site.submitted(3)
    nodes = {index: completed(4) for index in (1, 2, 3)}
    site.clusters.answers[job.job_id] = status(DONE, DONE, DONE, collect=DONE, nodes=nodes)
    broken = {"in.txt": b"x", "yaptide_output.log": b"broken", "run.log": b"what it said"}
    site.clusters.outputs = {1: {"in.txt": b"x"}, 2: broken}
    site.round()
    assert [task.state for task in site.job(job).tasks] == [S.COMPLETED, S.FAILED, S.FAILED]
    assert site.log(job, "task_0002_error.log") == "in.txt breaks off"
    assert site.log(job, "task_0002_run.log") == "what it said"
    assert "did not arrive" in site.log(job, "task_0003_error.log")
    assert site.job(job).state is S.MERGING_QUEUED
    assert list(site.files.files) == [(job.job_id, 1, 1)]


def test_a_job_without_any_good_output_fails_with_its_tasks(site: Site) -> None:
    job = site.submitted(2)
    nodes = {1: completed(5), 2: completed(5)}
    site.clusters.answers[job.job_id] = status(DONE, DONE, collect=DONE, nodes=nodes)
    site.round()
    assert {task.state for task in site.job(job).tasks} == {S.FAILED}
    assert site.job(job).state is S.FAILED
    assert not site.queue.merges


def test_what_slurm_says_of_a_lost_element_is_told(site: Site) -> None:
    job = site.submitted()
    timeout = RemoteState(Phase.FAILED, "It reached its time limit.")
    site.clusters.answers[job.job_id] = status(timeout, timeout, collect=DONE)
    site.round()
    assert site.job(job).state is S.FAILED
    assert site.log(job, "task_0001_error.log") == "It reached its time limit."


def test_vanished_elements_get_time_before_they_are_given_up(site: Site) -> None:
    job = site.submitted()
    site.clusters.answers[job.job_id] = status(GONE, DONE, collect=GONE)
    site.round(20)
    assert {task.state for task in site.job(job).tasks} == {S.PENDING}
    site.round(20)
    assert {task.state for task in site.job(job).tasks} == {S.PENDING}
    site.round(20)
    assert {task.state for task in site.job(job).tasks} == {S.FAILED}
    assert "without saying how" in site.log(job, "task_0002_error.log")


def test_a_cluster_that_can_not_be_asked_changes_nothing(site: Site) -> None:
    job = site.submitted()
    site.clusters.failures = [ClusterUnreachable("no route")]
    site.round()
    assert site.job(job).state is S.PENDING
    assert "no route" in site.log(job)
    site.clusters.failures = [ClusterUnreachable("no route")]
    site.round(timedelta(days=15).total_seconds())
    assert site.job(job).state is S.FAILED
    assert "two weeks" in site.log(job)


def test_a_cancelled_job_is_stopped_and_its_folder_removed(site: Site) -> None:
    job = site.submitted()
    site.cancel(site.user.id, job.job_id)
    site.attend(job.ref)
    assert site.clusters.canceled == [job.job_id]
    with pytest.raises(JobStillOnCluster):
        site.remove(site.user.id, job.job_id)
    site.clusters.answers[job.job_id] = status(RUNNING, RUNNING)
    site.round()
    assert not site.clusters.removed
    site.clusters.answers[job.job_id] = status(GONE, GONE, collect=GONE)
    site.round()
    assert site.clusters.removed == [job.job_id]
    site.remove(site.user.id, job.job_id)


def test_all_jobs_of_a_user_are_asked_about_at_once_and_ever_less_often(site: Site) -> None:
    jobs = [site.submitted() for _ in range(5)]
    for job in jobs:
        site.clusters.answers[job.job_id] = status(RUNNING, RUNNING)
    for _ in range(60):
        site.round(1)
    assert all(len(asked) == 5 for asked in site.clusters.asked)
    assert 3 <= len(site.clusters.asked) <= 5


def test_old_folders_are_swept_once(site: Site) -> None:
    job = site.submitted()
    site.clusters.answers[job.job_id] = status(
        RemoteState(Phase.FAILED, "x"), RemoteState(Phase.FAILED, "x"), collect=DONE
    )
    site.round()
    site.sweep()
    assert not site.clusters.swept
    site.clock.advance(31 * 86400)
    site.sweep()
    site.sweep()
    assert site.clusters.swept == [(30, [])]


def test_local_users_have_no_clusters(site: Site) -> None:
    with site.store() as work:
        local = work.users.add_local("bob", "hash")
        work.commit()
    with pytest.raises(NotAllowed):
        site.submit_job(local, Submission("mcsquare", 1, project={"primaries": 1}), BatchWish())


def test_files_that_all_tasks_share_are_sent_once() -> None:
    shared, own = shared_files({1: {"a": b"1", "b": b"x"}, 2: {"a": b"2", "b": b"x"}})
    assert shared == {"b": b"x"}
    assert own == {1: {"a": b"1"}, 2: {"a": b"2"}}
