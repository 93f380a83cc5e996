"""What every unit of work must do, whatever keeps the data. Subclasses give `store`."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.claim_task import ClaimTask
from application.ports.backend import Lacking
from application.ports.job_repository import JobInput, JobQuery, JobWork, SubmissionKey
from application.ports.result_repository import StoredEstimator, StoredPage
from application.ports.task_queue import TaskMessage
from application.ports.worker_registry import WorkerNote
from domain.errors import (
    JobNotFound,
    RunsElsewhere,
    SubmissionKeyTaken,
    UnknownSimulation,
    UserExists,
)
from domain.job import InputType, Job, Platform, Task, TaskReport
from domain.states import EntityState
from domain.users import SshCredentials
from tests.fakes.execution import FixedClock

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
BEYOND = NOW + timedelta(days=1)
S = EntityState
Store = Callable[..., Any]

reports = st.builds(
    TaskReport,
    index=st.just(1),
    attempt=st.sampled_from([None, 1, 2]),
    state=st.sampled_from([None, *EntityState]),
    simulated_primaries=st.none() | st.integers(0, 60),
    estimated_seconds=st.none() | st.integers(0, 1000),
    start_time=st.none() | st.just(NOW - timedelta(hours=1)),
    end_time=st.none() | st.just(NOW - timedelta(hours=2)) | st.just(LATER),
)


def new_job(user_id: int, job_id: str = "job-1", ntasks: int = 3, **changes: Any) -> Job:
    job = Job(job_id, user_id, "Wiązka 🎯", Platform.DIRECT, InputType.EDITOR, "mcsquare", NOW)
    return replace(job.with_tasks(100, ntasks), **changes)


def add_user(store: Store, name: str = "ann") -> int:
    with store() as work:
        user = work.users.add_local(name, "hash")
        work.commit()
    return int(user.id)


def add_job(store: Store, user_id: int, job_id: str = "job-1", **changes: Any) -> Job:
    with store() as work:
        job = work.jobs.add(
            new_job(user_id, job_id, **changes), JobInput({"a.txt": b"\x00\xff"}, 100, b'{"x": 1}')
        )
        work.commit()
    stored: Job = job
    return stored


def claim(store: Store, job: Job, index: int, claim_id: str = "c", attempt: int = 1) -> Task | None:
    with store() as work:
        task: Task | None = work.jobs.claim_task(
            job.simulation_id, index, attempt, claim_id, NOW, LATER
        )
        work.commit()
    return task


def tell(store: Store, job: Job, report: TaskReport) -> Task | None:
    with store() as work:
        task: Task | None = work.jobs.apply_report(job.simulation_id, report, NOW, LATER)
        work.commit()
    return task


class UsersContract:
    def test_what_is_not_committed_is_rolled_back(self, store: Store) -> None:
        with store() as work:
            work.users.add_local("ann", "hash")
        with store() as work:
            assert work.users.local_by_name("ann") is None

    def test_an_error_rolls_back(self, store: Store) -> None:
        with pytest.raises(RuntimeError), store() as work:
            work.users.add_local("ann", "hash")
            raise RuntimeError
        with store() as work:
            assert work.users.local_by_name("ann") is None

    def test_users_are_found_by_name_and_number(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            assert work.users.local_by_name("ann").id == user_id
            assert work.users.by_id(user_id).username == "ann"
            assert work.users.by_id(user_id + 1) is None

    def test_a_name_is_taken_once(self, store: Store) -> None:
        add_user(store)
        with store() as work, pytest.raises(UserExists):
            work.users.add_local("ann", "other")

    def test_a_password_is_replaced(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.set_password(user_id, "new")
            work.commit()
        with store() as work:
            assert work.users.local_by_name("ann").password_hash == "new"

    def test_sessions_are_open_until_they_end_or_expire(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "s", LATER)
            work.commit()
        with store() as work:
            assert work.users.session_is_open(user_id, "s", NOW)
            assert work.users.of_session(user_id, "s", NOW).username == "ann"
            for user, name, moment in (
                (user_id, "s", LATER),
                (user_id + 1, "s", NOW),
                (user_id, "t", NOW),
            ):
                assert not work.users.session_is_open(user, name, moment)
                assert work.users.of_session(user, name, moment) is None
            work.users.end_session(user_id + 1, "s")
            assert work.users.session_is_open(user_id, "s", NOW)
            work.users.end_session(user_id, "s")
            work.users.end_session(user_id, "s")
            assert not work.users.session_is_open(user_id, "s", NOW)

    def test_expired_sessions_are_forgotten(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "old", NOW)
            work.users.start_session(user_id, "new", LATER)
            work.users.forget_sessions(LATER)
            assert not work.users.session_is_open(user_id, "old", NOW - timedelta(minutes=1))
            assert work.users.session_is_open(user_id, "new", NOW)

    def test_a_keycloak_user_is_added_once(self, store: Store) -> None:
        with store() as work:
            work.users.add_local("ann", "hash")
            first = work.users.ensure_keycloak("ann")
            work.commit()
        with store() as work:
            assert work.users.ensure_keycloak("ann") == first
            assert work.users.by_id(first.id) == first
            work.commit()

    def test_first_sign_ins_at_once_add_one_user(self, store: Store) -> None:
        def sign_in(_: int) -> int:
            with store() as work:
                user = work.users.ensure_keycloak("ann")
                work.commit()
            return int(user.id)

        with ThreadPoolExecutor(8) as pool:
            assert len(set(pool.map(sign_in, range(16)))) == 1

    def test_ssh_credentials_are_replaced_whole(self, store: Store) -> None:
        old, new = SshCredentials(b"c1", b"k1"), SshCredentials(b"c2", b"k2")
        with store() as work:
            user = work.users.ensure_keycloak("ann")
            work.users.ensure_keycloak("bob")
            assert work.users.with_ssh() == []
            assert work.users.set_ssh(user.id, old)
            work.commit()
        with store() as work:
            assert [(u.id, u.ssh) for u in work.users.with_ssh()] == [(user.id, old)]
            assert not work.users.set_ssh(user.id, new, instead_of=new)
            assert work.users.set_ssh(user.id, new, instead_of=old)
            assert work.users.by_id(user.id).ssh == new
            assert not work.users.set_ssh(user.id + 100, new)
            work.commit()
        with store() as work:
            assert work.users.set_ssh(user.id, None)
            assert work.users.with_ssh() == []
            assert work.users.by_id(user.id).ssh is None

    def test_an_open_session_is_extended_a_closed_one_is_not(self, store: Store) -> None:
        user_id = add_user(store)
        with store() as work:
            work.users.start_session(user_id, "a", LATER)
            assert work.users.extend_session(user_id, "a", NOW, LATER + timedelta(hours=1))
            assert work.users.session_is_open(user_id, "a", LATER)
            assert not work.users.extend_session(user_id + 1, "a", NOW, LATER)
            assert not work.users.extend_session(user_id, "b", NOW, LATER)
            after = LATER + timedelta(hours=1)
            assert not work.users.extend_session(user_id, "a", after, after + timedelta(hours=1))

    def test_all_sessions_of_one_user_end(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            for owner, name in ((ann, "a1"), (ann, "a2"), (bob, "b")):
                work.users.start_session(owner, name, LATER)
            assert work.directory.end_sessions(ann) == 2
            assert [
                work.users.session_is_open(owner, name, NOW)
                for owner, name in ((ann, "a1"), (ann, "a2"), (bob, "b"))
            ] == [False, False, True]


class JobsContract:
    def test_a_job_comes_back_as_it_was_stored(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store(read_only=True) as work:
            assert work.jobs.by_job_id("job-1") == job
            assert work.jobs.by_simulation_id(job.simulation_id) == job
            assert work.jobs.sim_type_of(job.simulation_id) == "mcsquare"
            assert work.jobs.input_of(job.simulation_id) == JobInput(
                {"a.txt": b"\x00\xff"}, 100, b'{"x": 1}'
            )
            files = {"a.txt": b"\x00\xff"}
            assert work.jobs.work_of(job.simulation_id) == JobWork("mcsquare", S.PENDING, files)

    def test_a_job_is_read_in_parts(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store(read_only=True) as work:
            assert work.jobs.head("job-1") == replace(job, tasks=[])
            assert work.jobs.tasks_of(job.simulation_id) == job.tasks
            assert work.jobs.tasks_of(99) == []
            with pytest.raises(JobNotFound):
                work.jobs.head("nothing")

    def test_every_change_makes_a_new_version(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key = job.simulation_id
        changes: list[Callable[[Any], object]] = [
            lambda jobs: jobs.claim_task(key, 1, 1, "c", NOW, LATER),
            lambda jobs: jobs.start(key),
            lambda jobs: jobs.apply_report(key, TaskReport(1, 1, None, 5), NOW, LATER),
            lambda jobs: jobs.apply_report(key, TaskReport(1, 1, None, 6), NOW, LATER),
            lambda jobs: jobs.retry_task(key, 1, 1, NOW),
            lambda jobs: jobs.touch(key, [1], LATER),
            lambda jobs: jobs.fail_task(key, 2, 1, NOW),
            lambda jobs: jobs.apply_report(key, TaskReport(1, 2, S.COMPLETED), NOW, LATER),
            lambda jobs: jobs.reject_task(key, 1, 2, NOW),
            lambda jobs: jobs.move(key, S.MERGING_QUEUED, NOW),
            lambda jobs: jobs.claim_merge(key, "m", NOW, LATER),
            lambda jobs: jobs.cancel(key, NOW),
        ]
        seen = [job.version]
        for change in changes:
            with store() as work:
                change(work.jobs)
                work.commit()
            with store(read_only=True) as work:
                seen.append(work.jobs.head("job-1").version)
                assert work.jobs.by_job_id("job-1").version == seen[-1]
                assert work.jobs.versions([key, 99]) == {key: seen[-1]}
        assert seen == sorted(set(seen)), seen
        with store() as work:
            assert not work.jobs.move(key, S.RUNNING, NOW)
            assert work.jobs.apply_report(key, TaskReport(1, 2), NOW, LATER)
            assert work.jobs.head("job-1").version == seen[-1]

    def test_a_key_stands_for_one_submission_of_a_user(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        key, kept = SubmissionKey("key", "digest"), JobInput({"a": b""}, 100)
        with store() as work:
            first = work.jobs.add(new_job(ann), kept, key)
            work.jobs.add(new_job(bob, "job-2"), kept, key)
            work.jobs.add(new_job(ann, "job-3"), kept, SubmissionKey("other", "digest"))
            work.commit()
        with store() as work, pytest.raises(SubmissionKeyTaken):
            work.jobs.add(new_job(ann, "job-4"), kept, SubmissionKey("key", "other digest"))
        with store(read_only=True) as work:
            found = work.jobs.submitted_with(ann, "key")
            assert found == (replace(first, tasks=[]), "digest")
            assert work.jobs.submitted_with(ann, "unknown") is None
            with pytest.raises(JobNotFound):
                work.jobs.by_job_id("job-4")

    def test_jobs_and_tasks_are_counted_by_state(self, store: Store) -> None:
        user_id = add_user(store)
        job = add_job(store, user_id)
        add_job(store, user_id, "job-2", ntasks=2)
        claim(store, job, 1)
        with store() as work:
            work.jobs.start(job.simulation_id)
            counts = work.jobs.counts()
        assert counts.jobs == {S.RUNNING: 1, S.PENDING: 1}
        assert counts.tasks == {S.RUNNING: 1, S.PENDING: 4}

    def test_what_is_unknown_has_its_own_errors(self, store: Store) -> None:
        with store() as work:
            with pytest.raises(JobNotFound):
                work.jobs.by_job_id("nothing")
            with pytest.raises(UnknownSimulation):
                work.jobs.by_simulation_id(99)
            with pytest.raises(UnknownSimulation):
                work.jobs.input_of(99)
            with pytest.raises(UnknownSimulation):
                work.jobs.sim_type_of(99)
            assert work.jobs.work_of(99) is None
            assert work.jobs.apply_report(99, TaskReport(1), NOW, LATER) is None

    def test_one_change_is_kept_with_its_commit(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store(one_change=True) as work:
            assert work.jobs.apply_report(99, TaskReport(1), NOW, LATER) is None
        with store(one_change=True) as work:
            work.jobs.start(job.simulation_id)
            assert work.jobs.head("job-1").state is S.RUNNING
            work.commit()
        with store(read_only=True) as work:
            assert work.jobs.head("job-1").state is S.RUNNING
        with store() as work:
            assert work.jobs.cancel(job.simulation_id, LATER)
        with store(read_only=True) as work:
            assert work.jobs.head("job-1").state is S.RUNNING

    def test_a_task_is_claimed_once(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        task = claim(store, job, 1, "first")
        assert task is not None
        assert (task.state, task.start_time, task.lease_until) == (S.RUNNING, NOW, LATER)
        assert claim(store, job, 1, "second") is None
        assert claim(store, job, 1, "first") == task
        assert claim(store, job, 2, "second", attempt=2) is None
        assert claim(store, job, 9, "second") is None

    def test_a_task_left_to_another_worker_stays_as_it_was(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store() as work:
            work.workers.put(WorkerNote("host:1", 1, {"mcsquare": "1"}), NOW)
            work.commit()
        ask = ClaimTask(store, FixedClock(NOW), 60)
        message = TaskMessage(job.simulation_id, 1, 1)
        with pytest.raises(RunsElsewhere):
            ask(message, "c", Lacking(["mcsquare"]))
        with store() as work:
            assert work.jobs.by_job_id(job.job_id) == job
        assert ask(message, "d") is not None
        with store() as work:
            assert work.jobs.by_job_id(job.job_id).state is S.RUNNING

    def test_no_task_of_a_job_that_is_over_is_claimed(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store() as work:
            assert work.jobs.cancel(job.simulation_id, NOW)
            work.commit()
        assert claim(store, job, 1) is None

    @settings(
        deadline=None,
        max_examples=60,
        # The contract runs once for each store: each subclass is an executor of its own.
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
    )
    @given(st.lists(reports, max_size=8))
    def test_reports_do_what_the_domain_says(self, store: Store, said: list[TaskReport]) -> None:
        with store() as work:
            user = work.users.add_local("ann", "hash")
            job = work.jobs.add(new_job(user.id), JobInput({}, 100))
            expected = job.tasks[0]
            for report in said:
                expected = expected.apply(report, NOW)
                found = work.jobs.apply_report(job.simulation_id, report, NOW, LATER)
                assert replace(found, lease_until=None) == replace(expected, lease_until=None)
                assert not (found.state.is_terminal and found.lease_until)

    def test_a_report_renews_the_lease(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1)
        with store() as work:
            task = work.jobs.apply_report(
                job.simulation_id, TaskReport(1, 1, S.RUNNING), NOW, LATER + timedelta(1)
            )
        assert task.lease_until == LATER + timedelta(1)

    def test_tasks_are_counted_by_state(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1)
        tell(store, job, TaskReport(2, 1, S.COMPLETED))
        with store() as work:
            counts = work.jobs.tally(job.simulation_id).counts
        assert counts == {S.RUNNING: 1, S.COMPLETED: 1, S.PENDING: 1}

    def test_a_job_moves_forward_once(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store() as work:
            key = job.simulation_id
            assert not work.jobs.move(key, S.MERGING_QUEUED, NOW, frozenset({S.RUNNING}))
            assert work.jobs.move(key, S.MERGING_QUEUED, NOW)
            assert not work.jobs.move(key, S.MERGING_QUEUED, NOW)
            assert not work.jobs.move(key, S.RUNNING, NOW)
            assert work.jobs.move(key, S.FAILED, LATER)
            assert not work.jobs.move(key, S.COMPLETED, LATER)
            found = work.jobs.by_job_id("job-1")
        assert (found.state, found.end_time) == (S.FAILED, LATER)

    def test_cancelling_keeps_what_is_over(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        tell(store, job, TaskReport(1, 1, S.COMPLETED))
        claim(store, job, 2)
        with store() as work:
            assert work.jobs.cancel(job.simulation_id, LATER)
            assert not work.jobs.cancel(job.simulation_id, LATER)
            work.commit()
        after = tell(store, job, TaskReport(2, 1, S.COMPLETED))
        assert after is not None
        assert after.state is S.CANCELED
        with store() as work:
            found = work.jobs.by_job_id("job-1")
        assert found.state is S.CANCELED
        assert [task.state for task in found.tasks] == [S.COMPLETED, S.CANCELED, S.CANCELED]

    def test_a_lost_task_waits_again_as_the_next_attempt(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1)
        tell(store, job, TaskReport(1, 1, S.RUNNING, 20, 5))
        with store() as work:
            assert work.jobs.retry_task(job.simulation_id, 1, 1, LATER)
            assert not work.jobs.retry_task(job.simulation_id, 1, 1, LATER)
            work.commit()
        late = tell(store, job, TaskReport(1, 1, S.COMPLETED))
        assert late == Task(1, 34, attempt=2, last_update=LATER, losses=1)
        assert claim(store, job, 1, "c", attempt=1) is None
        assert claim(store, job, 1, "c", attempt=2) is not None

    def test_a_task_that_is_handed_back_is_not_lost(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1, "mine")
        key = job.simulation_id
        with store() as work:
            assert work.jobs.release_task(key, 1, 1, "another's", NOW) is None
            assert work.jobs.release_task(key, 2, 1, "mine", NOW) is None
            task = work.jobs.release_task(key, 1, 1, "mine", NOW)
            assert (task.state, task.attempt, task.losses) == (S.PENDING, 2, 0)
            assert work.jobs.release_task(key, 1, 1, "mine", NOW) is None
            work.commit()
        assert claim(store, job, 1, "next", attempt=2) is not None
        with store() as work:
            assert work.jobs.retry_task(key, 1, 2, NOW)
            assert work.jobs.by_job_id(job.job_id).tasks[0].losses == 1
            work.jobs.cancel(key, NOW)
            assert work.jobs.release_task(key, 1, 3, "next", NOW) is None

    def test_new_tasks_are_in_line_behind_the_users_own(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            assert work.jobs.next_turn(ann) == 0
        first = add_job(store, ann, tasks=new_job(ann).in_line(5).tasks)
        add_job(store, ann, "on-a-cluster")
        with store() as work:
            assert [task.turn for task in work.jobs.by_job_id("job-1").tasks] == [5, 6, 7]
            assert work.jobs.next_turn(ann) == 8
            assert work.jobs.next_turn(bob) == 5
        claim(store, first, 1)
        with store() as work:
            assert work.jobs.next_turn(bob) == 6
            work.jobs.cancel(first.simulation_id, NOW)
            assert work.jobs.next_turn(ann) == work.jobs.next_turn(bob) == 0

    def test_an_attempt_fails_once(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        with store() as work:
            assert not work.jobs.fail_task(job.simulation_id, 1, 2, NOW)
            assert work.jobs.fail_task(job.simulation_id, 1, 1, NOW)
            assert not work.jobs.fail_task(job.simulation_id, 1, 1, NOW)

    def test_only_what_has_completed_and_is_not_merged_yet_is_rejected(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key = job.simulation_id
        with store() as work:
            assert not work.jobs.reject_task(key, 1, 1, NOW)
            for index in (1, 2):
                work.jobs.apply_report(key, TaskReport(index, 1, S.COMPLETED), NOW, LATER)
            assert not work.jobs.reject_task(key, 1, 2, NOW)
            assert work.jobs.reject_task(key, 1, 1, LATER)
            assert not work.jobs.reject_task(key, 1, 1, LATER)
            rejected = work.jobs.tasks_of(key)[0]
            assert (rejected.state, rejected.end_time) == (S.FAILED, NOW)
            assert rejected.last_update == LATER
            work.jobs.move(key, S.MERGING_QUEUED, NOW)
            assert not work.jobs.reject_task(key, 2, 1, NOW)

    def test_lost_tasks_are_found(self, store: Store) -> None:
        user_id = add_user(store)
        job = add_job(store, user_id)
        over = add_job(store, user_id, "job-2", state=S.CANCELED)
        assert over.simulation_id != job.simulation_id
        claim(store, job, 1)
        with store() as work:
            assert not work.jobs.lost_tasks(NOW, NOW, BEYOND)
            (found,) = work.jobs.lost_tasks(LATER + timedelta(seconds=1), NOW, BEYOND)
            assert [task.index for task in found.tasks] == [1]
            assert found.job.simulation_id == job.simulation_id
            (found,) = work.jobs.lost_tasks(NOW, NOW + timedelta(seconds=1), BEYOND)
            assert [task.index for task in found.tasks] == [2, 3]
            work.jobs.touch(job.simulation_id, [1, 2], LATER)
            (found,) = work.jobs.lost_tasks(NOW, NOW + timedelta(seconds=1), BEYOND)
            assert [task.index for task in found.tasks] == [3]

    def test_what_a_clock_noted_that_was_ahead_counts_as_past(self, store: Store) -> None:
        user_id = add_user(store)
        job = add_job(store, user_id)
        merging = add_job(store, user_id, "job-2").simulation_id
        claim(store, job, 1)
        before = NOW - timedelta(hours=1)
        with store() as work:
            work.jobs.touch(job.simulation_id, [2], LATER)
            work.jobs.touch(job.simulation_id, [3], before)
            work.jobs.touch(merging, [1, 2, 3], before)
            (found,) = work.jobs.lost_tasks(before, before, before)
            assert [task.index for task in found.tasks] == [1, 2]
            work.jobs.move(merging, S.MERGING_QUEUED, NOW)
            work.jobs.touch_merge(merging, NOW)
            assert list(work.jobs.lost_merges(before, before, before)) == [merging]
            assert work.jobs.claim_merge(merging, "a", NOW, LATER)
            assert list(work.jobs.lost_merges(before, before, before)) == [merging]

    def test_nothing_ends_before_it_began(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1)
        before = NOW - timedelta(hours=1)
        with store() as work:
            assert work.jobs.cancel(job.simulation_id, before)
            found = work.jobs.by_simulation_id(job.simulation_id)
        assert found.end_time == found.start_time
        assert found.tasks[0].end_time == found.tasks[0].start_time

    def test_unsettled_jobs_are_found(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        for index in (1, 2, 3):
            with store() as work:
                assert not work.jobs.unsettled()
            tell(store, job, TaskReport(index, 1, S.COMPLETED))
        with store() as work:
            assert list(work.jobs.unsettled()) == [job.simulation_id]

    def test_a_merge_is_claimed_once_and_again_when_lost(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key, much_later = job.simulation_id, LATER + timedelta(hours=1)
        with store() as work:
            assert not work.jobs.claim_merge(key, "a", NOW, LATER)
            work.jobs.move(key, S.MERGING_QUEUED, NOW)
            assert list(work.jobs.lost_merges(NOW, NOW, BEYOND)) == [key]
            work.jobs.touch_merge(key, NOW)
            assert not work.jobs.lost_merges(NOW, NOW, BEYOND)
            assert list(work.jobs.lost_merges(NOW, LATER, BEYOND)) == [key]
            assert work.jobs.claim_merge(key, "a", NOW, LATER)
            assert work.jobs.claim_merge(key, "a", NOW, LATER)
            assert not work.jobs.claim_merge(key, "b", NOW, LATER)
            assert not work.jobs.renew_merge(key, "b", much_later)
            assert not work.jobs.lost_merges(NOW, NOW, BEYOND)
            assert list(work.jobs.lost_merges(much_later, NOW, BEYOND)) == [key]
            assert work.jobs.claim_merge(key, "b", much_later, much_later)
            assert not work.jobs.renew_merge(key, "a", much_later)
            assert work.jobs.renew_merge(key, "b", much_later)
            assert not work.jobs.release_merge(key, "a", NOW)
            assert work.jobs.release_merge(key, "b", NOW)
            assert work.jobs.claim_merge(key, "c", NOW, LATER)

    def test_lists_are_ordered_and_paged(self, store: Store) -> None:
        user_id = add_user(store)
        for number in range(5):
            start = NOW + timedelta(minutes=number)
            end = None if number == 4 else NOW + timedelta(hours=5 - number)
            add_job(store, user_id, f"job-{number}", start_time=start, end_time=end)
        add_job(store, add_user(store, "bob"), "other")

        def ids(**query: Any) -> list[str]:
            with store() as work:
                return [item.job_id for item in work.jobs.outlines(user_id, JobQuery(**query))[0]]

        assert ids(page_size=2) == ["job-4", "job-3"]
        assert ids(page_size=2, page=3) == ["job-0"]
        assert ids(page=9) == []
        assert ids(descending=False)[0] == "job-0"
        assert ids(order_by="end_time") == ["job-4", "job-0", "job-1", "job-2", "job-3"]
        assert ids(order_by="end_time", descending=False)[-1] == "job-4"
        assert ids(states=frozenset({S.COMPLETED})) == []
        with store() as work:
            assert work.jobs.outlines(user_id, JobQuery(page_size=2))[1] == 5

    def test_a_removed_job_is_gone_with_all_it_had(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key = job.simulation_id
        with store() as work:
            work.results.store(key, [StoredEstimator("e", b"{}", [StoredPage(0, "p", 0, b"1")])])
            work.results.add_logs(key, {"a.log": "text"})
            work.jobs.remove(key)
            work.commit()
        with store() as work:
            with pytest.raises(JobNotFound):
                work.jobs.by_job_id("job-1")
            assert not work.results.titles(key)
            assert not work.results.logs(key)
            assert not work.results.page_bodies(key, "e", [0])


class ResultsContract:
    def test_partial_results_are_asked_for_once_in_a_while(self, store: Store) -> None:
        key = add_job(store, add_user(store)).simulation_id
        with store() as work:
            assert work.jobs.partial_tasks(key) == 0
            assert work.jobs.partial_tasks(99) == 0
            assert not work.jobs.ask_for_partial(key, 0, NOW, NOW)
            assert work.jobs.ask_for_partial(key, 1, NOW, NOW - timedelta(minutes=1))
            assert not work.jobs.ask_for_partial(key, 1, NOW, NOW - timedelta(minutes=1))
            assert work.jobs.ask_for_partial(key, 1, LATER, NOW + timedelta(seconds=1))

    def test_partial_results_are_kept_until_the_job_ends(self, store: Store) -> None:
        key = add_job(store, add_user(store)).simulation_id
        with store() as work:
            before = work.jobs.head("job-1").version
            assert work.jobs.keep_partial(key, 2)
            assert work.jobs.partial_tasks(key) == 2
            assert work.jobs.head("job-1").version > before
            assert not work.jobs.keep_partial(key, 2)
            assert not work.jobs.keep_partial(key, 1)
            work.jobs.cancel(key, NOW)
            assert work.jobs.keep_partial(key, 3)
            assert not work.jobs.keep_partial(99, 3)

    @pytest.mark.parametrize("ended", [S.COMPLETED, S.FAILED])
    def test_what_ended_takes_no_partial_results(self, store: Store, ended: EntityState) -> None:
        key = add_job(store, add_user(store), state=ended).simulation_id
        with store() as work:
            assert not work.jobs.keep_partial(key, 1)
            assert not work.jobs.ask_for_partial(key, 1, NOW, NOW)

    def test_results_come_back_in_their_order(self, store: Store) -> None:
        key = add_job(store, add_user(store)).simulation_id
        pages = [StoredPage(n, f"page {n}", n, b"[%d]" % n) for n in (0, 1)]
        with store() as work:
            work.results.store(
                key, [StoredEstimator(name, b'{"a":"b"}', pages) for name in ("z", "a")]
            )
            work.commit()
        with store(read_only=True) as work:
            titles = work.results.titles(key)
            assert [title.name for title in titles] == ["z", "a"]
            assert titles[0].metadata == b'{"a":"b"}'
            assert [(p.number, p.name, p.dimensions) for p in titles[0].pages] == [
                (0, "page 0", 0),
                (1, "page 1", 1),
            ]
            assert work.results.page_bodies(key, "a", [1]) == [b"[1]"]
            assert not work.results.page_bodies(key, "a", [2])

    def test_a_second_copy_replaces_the_first(self, store: Store) -> None:
        key = add_job(store, add_user(store)).simulation_id
        with store() as work:
            for body in (b"1", b"2"):
                pages = [StoredPage(0, "p", 0, body)]
                work.results.store(key, [StoredEstimator("e", b"{}", pages)])
            assert len(work.results.titles(key)) == 1
            assert work.results.page_bodies(key, "e", [0]) == [b"2"]

    def test_logs_add_up(self, store: Store) -> None:
        key = add_job(store, add_user(store)).simulation_id
        with store() as work:
            work.results.add_logs(key, {})
            work.results.add_logs(key, {"1.log": "ą", "2.log": "b"})
            work.results.add_logs(key, {"2.log": "c"})
            assert work.results.logs(key) == {"1.log": "ą", "2.log": "c"}

    def test_text_that_no_database_keeps_breaks_nothing(self, store: Store) -> None:
        odd = "a\x00b\ud800"
        key = add_job(store, add_user(store), title=odd).simulation_id
        pages = [StoredPage(0, odd, 0, b"1")]
        with store() as work:
            work.results.store(key, [StoredEstimator(odd, b"{}", pages)])
            work.results.add_logs(key, {odd: odd})
            work.commit()
        with store(read_only=True) as work:
            assert len(work.results.titles(key)) == len(work.results.logs(key)) == 1
            assert work.results.page_bodies(key, odd, [0]) == [b"1"]
            assert work.users.local_by_name("ann\x00") is None
            with pytest.raises(JobNotFound):
                work.jobs.by_job_id("job-1\x00")
