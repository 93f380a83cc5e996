"""Retrying, pruning and looking after users, on fakes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.executors.local_process.executor import LocalProcessExecutor
from adapters.executors.slurm_ssh.executor import SlurmExecutor
from application.administration.administer_jobs import AdministerJobs, TaskNotFound
from application.administration.administer_users import (
    AdministerUsers,
    AmbiguousUser,
    NoPasswordHere,
    UserHasJobs,
    UserNotFound,
)
from application.administration.prune_jobs import PruneJobs
from application.cancellation.cancel_job import CancelJob
from application.cancellation.remove_job import RemoveJob
from application.ports.job_repository import JobInput
from application.submission.platform_executors import PlatformExecutors
from application.submission.retry_job import NothingToRetry, RetryJob
from domain.cluster import BatchOptions, Cluster
from domain.errors import InvalidInput, JobNotFound
from domain.job import Job, Platform
from domain.states import EntityState
from domain.users import UserSource
from tests.contracts.persistence import add_job, add_user
from tests.fakes.execution import FakeTaskQueue, FixedClock, InMemoryTaskFiles
from tests.fakes.persistence import FakeStore
from tests.fakes.security import PlainPasswordHasher

S = EntityState


class Installation:
    """The use cases over one store kept in memory."""

    def __init__(self) -> None:
        self.store, self.queue, self.clock = FakeStore(), FakeTaskQueue(), FixedClock()
        self.files = InMemoryTaskFiles()
        executor = PlatformExecutors(
            {
                Platform.DIRECT: LocalProcessExecutor(self.queue),
                Platform.BATCH: SlurmExecutor(self.queue),
            }
        )
        cancel = CancelJob(self.store, executor, self.clock)
        self.jobs = AdministerJobs(self.store, cancel, RemoveJob(self.store, self.queue))
        self.users = AdministerUsers(
            self.store, PlainPasswordHasher(), cancel, self.files, self.clock
        )
        self.retry = RetryJob(self.store, executor, self.clock, lambda now, platform: "again")
        self.prune = PruneJobs(self.store, self.files, self.clock)
        self.user = add_user(self.store)

    def job(self, job_id: str = "job-1", **changes: object) -> Job:
        return add_job(self.store, self.user, job_id, **changes)


@pytest.fixture
def here() -> Installation:
    return Installation()


@pytest.mark.parametrize("state", [S.FAILED, S.CANCELED])
def test_a_retry_is_the_same_job_once_more(here: Installation, state: EntityState) -> None:
    old = here.job(state=state)
    new = here.retry("job-1")
    assert (new.job_id, new.retry_of, new.state) == ("again", "job-1", S.PENDING)
    assert [(task.index, task.seed, task.requested_primaries) for task in new.tasks] == [
        (task.index, task.seed, task.requested_primaries) for task in old.tasks
    ]
    assert [message.job for message in here.queue.tasks] == [new.ref] * 3
    assert here.jobs.job("job-1") == old


@pytest.mark.parametrize("state", [state for state in S if state not in (S.FAILED, S.CANCELED)])
def test_nothing_else_is_retried(here: Installation, state: EntityState) -> None:
    here.job(state=state)
    with pytest.raises(NothingToRetry, match=state.value):
        here.retry("job-1")
    assert not here.queue.tasks


def test_a_job_of_a_cluster_runs_there_again(here: Installation) -> None:
    options = BatchOptions({"time": "0:15:00"})
    old = here.job("batch", state=S.FAILED, platform=Platform.BATCH)
    with pytest.raises(NothingToRetry, match="cluster"):
        here.retry("batch")
    with here.store() as work:
        cluster = work.clusters.add(Cluster("ares", "login.example.org"))
        work.batches.add(old.simulation_id, cluster.id, options)
        work.commit()
    new = here.retry("batch")
    with here.store() as work:
        found = work.batches.get(new.simulation_id)
    assert (found.cluster.name, found.options) == ("ares", options)
    assert not here.queue.tasks
    assert len(here.queue.batches) == 1


def test_pruned_jobs_are_not_retried(here: Installation) -> None:
    pruned = here.job("pruned", state=S.FAILED)
    here.store.state.inputs[pruned.simulation_id] = JobInput({}, 100, b"{}")
    with pytest.raises(NothingToRetry, match="pruned"):
        here.retry("pruned")


def keep_output(here: Installation, job: Job) -> None:
    here.files.files[job.job_id, 1, 1] = {"out": b"1"}


def test_pruning_takes_rows_and_files_of_old_jobs_alone(here: Installation, tmp_path: Path) -> None:
    now = here.clock.now()
    old = here.job("old", state=S.COMPLETED, end_time=now - timedelta(days=10))
    new = here.job("new", state=S.COMPLETED, end_time=now)
    for job in (old, new):
        keep_output(here, job)
    (record,) = here.prune.old(timedelta(days=9))
    assert here.prune.prune(record, keep_results=False)
    assert not here.prune.prune(record, keep_results=False)
    assert here.files.kept() == [new.job_id]
    with pytest.raises(JobNotFound):
        here.jobs.job("old")


def test_a_job_that_is_not_over_is_never_pruned(here: Installation, tmp_path: Path) -> None:
    job = here.job(state=S.COMPLETED)
    (record,) = here.prune.old(timedelta(0))
    here.store.state.jobs[job.simulation_id] = replace(job, state=S.RUNNING)
    keep_output(here, job)
    assert not here.prune.prune(record, keep_results=False)
    assert here.files.kept() == [job.job_id]


def test_a_user_is_removed_with_running_jobs_only_if_that_is_wanted(
    here: Installation, tmp_path: Path
) -> None:
    job = here.job()
    keep_output(here, job)
    with pytest.raises(UserHasJobs):
        here.users.remove("ann")
    assert here.users.remove("ann", with_jobs=True) == 1
    assert here.users.all() == []
    assert here.files.kept() == []


Act = Callable[[Installation], object]


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda here: here.users.one("nobody"), UserNotFound),
        (lambda here: here.users.one("ann", UserSource.KEYCLOAK), UserNotFound),
        (lambda here: here.users.set_password("nobody", "a good password"), UserNotFound),
        (lambda here: here.users.set_password("ann", "short"), InvalidInput),
        (lambda here: here.users.rename("ann", ""), InvalidInput),
        (lambda here: here.users.add_keycloak("\n"), InvalidInput),
        (lambda here: here.jobs.task("job-1", 7), TaskNotFound),
    ],
)
def test_what_can_not_be_done_says_why(
    here: Installation, act: Act, error: type[Exception]
) -> None:
    here.job()
    with pytest.raises(error):
        act(here)


def test_users_of_two_sources_may_share_a_name(here: Installation) -> None:
    here.users.add_keycloak("ann")
    here.users.add_keycloak("bob")
    with pytest.raises(AmbiguousUser):
        here.users.end_sessions("ann")
    assert here.users.end_sessions("ann", UserSource.KEYCLOAK) == 0
    with pytest.raises(NoPasswordHere):
        here.users.set_password("bob", "a good password")
