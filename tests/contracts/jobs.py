"""What every store of jobs must do with whole jobs. Subclasses give `store`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.ports.adaptation import Adaptation, ScoringPlace
from application.ports.job_repository import JobInput, JobQuery, JobWork, SubmissionKey
from application.ports.result_repository import StoredEstimator, StoredPage
from domain.errors import JobNotFound, SubmissionKeyTaken, UnknownSimulation
from domain.job import TaskReport
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

    def test_what_was_done_to_a_project_is_kept_with_it(self, store: Store) -> None:
        places = (ScoringPlace(0, 2), ScoringPlace(1))
        adaptation = Adaptation("MCsquare runs it", ("Wiązka: not scored", "x" * 500), places)
        kept = JobInput({"a.txt": b""}, 100, b"{}", adaptation)
        job = new_job(add_user(store), instead_of="shieldhit")
        with store() as work:
            stored = work.jobs.add(job, kept, SubmissionKey("key", "digest"))
            work.commit()
        with store(read_only=True) as work:
            assert work.jobs.input_of(stored.simulation_id) == kept
            assert work.jobs.head("job-1").instead_of == "shieldhit"
            assert work.jobs.submitted_with(job.user_id, "key")[0].instead_of == "shieldhit"

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
            assert list(work.jobs.unsettled()) == [job.ref]

    def test_a_merge_is_claimed_once_and_again_when_lost(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key, much_later = job.simulation_id, LATER + timedelta(hours=1)
        with store() as work:
            assert not work.jobs.claim_merge(key, "a", NOW, LATER)
            work.jobs.move(key, S.MERGING_QUEUED, NOW)
            assert list(work.jobs.lost_merges(NOW, NOW, BEYOND)) == [job.ref]
            work.jobs.touch_merge(key, NOW)
            assert not work.jobs.lost_merges(NOW, NOW, BEYOND)
            assert list(work.jobs.lost_merges(NOW, LATER, BEYOND)) == [job.ref]
            assert work.jobs.claim_merge(key, "a", NOW, LATER)
            assert work.jobs.claim_merge(key, "a", NOW, LATER)
            assert not work.jobs.claim_merge(key, "b", NOW, LATER)
            assert not work.jobs.renew_merge(key, "b", much_later)
            assert not work.jobs.lost_merges(NOW, NOW, BEYOND)
            assert list(work.jobs.lost_merges(much_later, NOW, BEYOND)) == [job.ref]
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
