"""What every store of jobs must do with tasks. Subclasses give `store`."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.ports.backend import Lacking
from application.ports.job_repository import JobInput
from application.ports.security import UpdateClaims
from application.ports.task_queue import TaskMessage
from application.ports.worker_registry import WorkerNote
from application.running.claim_task import ClaimTask
from domain.errors import RunsElsewhere
from domain.job import JobRef, Task, TaskReport
from domain.states import TERMINAL, EntityState
from tests.contracts.persistence import (
    BEYOND,
    LATER,
    NOW,
    S,
    Store,
    add_job,
    add_user,
    claim,
    new_job,
    tell,
)
from tests.fakes.execution import FixedClock

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


class TasksContract:
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
        message = TaskMessage(job.ref, 1, 1)
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

    def test_a_report_with_the_key_of_another_job_changes_nothing(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        claim(store, job, 1)
        report = TaskReport(1, 1, None, 5)
        with store() as work:
            for key, applied in (
                (UpdateClaims(replace(job.ref, job_id="job-2"), LATER), False),
                (UpdateClaims(job.ref, NOW - timedelta(days=1)), True),
                # A version before named the job by its number alone.
                (UpdateClaims(JobRef(job.simulation_id, ""), NOW - timedelta(hours=1)), False),
                (UpdateClaims(JobRef(job.simulation_id, ""), NOW), True),
            ):
                version = work.jobs.by_job_id(job.job_id).version
                task = work.jobs.apply_report(job.simulation_id, report, NOW, LATER, key)
                assert (task is not None) is applied
                assert (work.jobs.by_job_id(job.job_id).version > version) is applied

    @pytest.mark.parametrize("state", sorted(TERMINAL))
    def test_a_report_with_the_key_of_a_job_that_is_over_changes_nothing(
        self, store: Store, state: EntityState
    ) -> None:
        job = add_job(store, add_user(store), state=state)
        key = UpdateClaims(job.ref, NOW)
        with store() as work:
            report = TaskReport(1, 1, S.COMPLETED)
            assert work.jobs.apply_report(job.simulation_id, report, NOW, LATER, key) is None
            assert work.jobs.by_job_id(job.job_id).tasks[0].state is S.PENDING

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

    def test_a_task_that_was_killed_waits_again_unless_it_was_lost_before(
        self, store: Store
    ) -> None:
        job = add_job(store, add_user(store))
        key = job.simulation_id
        claim(store, job, 1, "first")
        with store() as work:
            assert work.jobs.release_task(key, 1, 1, "another's", NOW, most_losses=0) is None
            task = work.jobs.release_task(key, 1, 1, "first", NOW, most_losses=0)
            assert (task.state, task.attempt, task.losses) == (S.PENDING, 2, 1)
            work.commit()
        claim(store, job, 1, "second", attempt=2)
        with store() as work:
            assert work.jobs.release_task(key, 1, 2, "second", NOW, most_losses=0) is None
            found = work.jobs.by_job_id(job.job_id).tasks[0]
            assert (found.state, found.attempt, found.losses) == (S.RUNNING, 2, 1)
            task = work.jobs.release_task(key, 1, 2, "second", NOW, most_losses=1)
            assert (task.attempt, task.losses) == (3, 2)

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
        waits = add_job(store, user_id, "job-2")
        merging = waits.simulation_id
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
            assert list(work.jobs.lost_merges(before, before, before)) == [waits.ref]
            assert work.jobs.claim_merge(merging, "a", NOW, LATER)
            assert list(work.jobs.lost_merges(before, before, before)) == [waits.ref]
