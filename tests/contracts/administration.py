"""What every unit of work must do for those who run the service."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from application.ports.job_overview import JobFilter, JobRecord
from application.ports.result_repository import StoredEstimator, StoredPage
from application.ports.usage_report import Dimension
from domain.errors import JobNotFound, UserExists
from domain.job import Platform, TaskReport
from domain.states import EntityState
from domain.users import UserSource
from tests.contracts.persistence import LATER, NOW, Store, add_job, add_user, claim, tell

S = EntityState
HOUR = timedelta(hours=1)


def find(store: Store, **wanted: Any) -> Sequence[JobRecord]:
    with store(read_only=True) as work:
        found: Sequence[JobRecord] = work.overview.find(JobFilter(**wanted))
    return found


def names(records: Sequence[JobRecord]) -> list[str]:
    return [item.job_id for item in records]


class JobOverviewContract:
    def test_a_record_says_how_far_a_job_is(self, store: Store) -> None:
        job = add_job(store, add_user(store), retry_of="job-0")
        tell(store, job, TaskReport(1, 1, S.COMPLETED))
        tell(store, job, TaskReport(2, 1, S.FAILED, 10))
        (found,) = find(store)
        assert found == JobRecord(
            "job-1", "ann", UserSource.LOCAL, "Wiązka 🎯", "mcsquare", Platform.DIRECT, S.PENDING,
            NOW, None, "job-0", job.simulation_id, 3, 1, 1, 100, 44,
        )  # fmt: skip

    def test_a_record_says_which_simulator_was_meant(self, store: Store) -> None:
        add_job(store, add_user(store), instead_of="shieldhit")
        (found,) = find(store, sim_type="mcsquare")
        assert (found.sim_type, found.instead_of) == ("mcsquare", "shieldhit")
        assert not find(store, sim_type="shieldhit")

    def test_jobs_are_chosen_by_everything_said(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        add_job(store, ann, "a", start_time=NOW, state=S.COMPLETED, end_time=NOW + HOUR)
        add_job(store, ann, "b", start_time=NOW + HOUR, sim_type="fluka", state=S.FAILED)
        add_job(store, bob, "c", start_time=NOW + 2 * HOUR, state=S.RUNNING)
        assert names(find(store)) == ["c", "b", "a"]
        assert names(find(store, limit=2)) == ["c", "b"]
        assert names(find(store, username="ann")) == ["b", "a"]
        assert names(find(store, username="eve")) == []
        assert names(find(store, states=frozenset({S.RUNNING, S.FAILED}))) == ["c", "b"]
        assert names(find(store, sim_type="fluka")) == ["b"]
        assert names(find(store, platform=Platform.BATCH)) == []
        assert names(find(store, started_after=NOW + HOUR)) == ["c", "b"]
        assert names(find(store, started_before=NOW + HOUR)) == ["a"]
        # A job that is over without a known end counts from its start.
        assert names(find(store, ended_before=NOW + 2 * HOUR)) == ["b", "a"]
        assert names(find(store, ended_before=NOW + HOUR)) == []
        add_job(store, ann, "again", retry_of="b", start_time=NOW - HOUR)
        assert names(find(store, never_retried=True)) == ["c", "a", "again"]

    def test_details_are_dropped_where_a_project_remains(self, store: Store) -> None:
        job = add_job(store, add_user(store))
        key = job.simulation_id
        pages = [StoredPage(0, "p", 0, b"1")]
        with store() as work:
            work.results.store(key, [StoredEstimator("e", b"{}", pages)])
            work.results.add_logs(key, {"a.log": "text"})
            work.overview.drop_details(key)
            work.commit()
        with store(read_only=True) as work:
            kept = work.jobs.input_of(key)
            assert (kept.files, kept.project, kept.primaries) == ({}, b'{"x": 1}', 100)
            assert not work.results.logs(key)
            assert len(work.results.titles(key)) == 1
            assert work.jobs.by_job_id("job-1").tasks == job.tasks


class UserDirectoryContract:
    def test_users_of_every_source_are_listed(self, store: Store) -> None:
        ann = add_user(store)
        add_job(store, ann, "a", state=S.COMPLETED)
        add_job(store, ann, "b", start_time=LATER)
        with store() as work:
            work.users.start_session(ann, "s", LATER)
            work.users.start_session(ann, "t", NOW)
            key = work.directory.add_keycloak("ann")
            work.commit()
        with store(read_only=True) as work:
            keycloak, local = work.directory.all(NOW)
            assert work.directory.named("ann", NOW) == [keycloak, local]
            assert work.directory.named("bob", NOW) == []
            assert work.users.by_id(key).source is UserSource.KEYCLOAK
        assert (keycloak.id, keycloak.source, keycloak.jobs) == (key, UserSource.KEYCLOAK, 0)
        assert (keycloak.last_job, keycloak.open_sessions) == (None, 0)
        assert (local.id, local.jobs, local.live_jobs) == (ann, 2, 1)
        assert (local.last_job, local.open_sessions) == (LATER, 1)

    def test_a_name_is_taken_once_in_each_source(self, store: Store) -> None:
        ann, _ = add_user(store), add_user(store, "bob")
        with store() as work:
            work.directory.add_keycloak("ann")
            with pytest.raises(UserExists):
                work.directory.add_keycloak("ann")
            with pytest.raises(UserExists):
                work.directory.rename(ann, "bob")
            work.directory.rename(ann, "eve")
            assert work.users.by_id(ann).username == "eve"

    def test_all_sessions_of_one_user_end(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        with store() as work:
            for user, session in ((ann, "a"), (ann, "b"), (bob, "c")):
                work.users.start_session(user, session, LATER)
            assert work.directory.end_sessions(ann) == 2
            assert not work.users.session_is_open(ann, "a", NOW)
            assert work.users.session_is_open(bob, "c", NOW)

    def test_a_removed_user_takes_everything_along(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        add_job(store, ann, "a")
        add_job(store, bob, "b")
        with store() as work:
            work.users.start_session(ann, "s", LATER)
            work.directory.remove(ann)
            work.commit()
        with store() as work:
            assert work.users.by_id(ann) is None
            with pytest.raises(JobNotFound):
                work.jobs.by_job_id("a")
            assert work.jobs.by_job_id("b")
            assert work.directory.end_sessions(ann) == 0


class UsageReportContract:
    def test_usage_is_added_up_by_group(self, store: Store) -> None:
        ann, bob = add_user(store), add_user(store, "bob")
        done = add_job(store, ann, "a", start_time=NOW - timedelta(minutes=2), state=S.COMPLETED)
        for index, minutes in ((1, 30), (2, 60)):
            said = TaskReport(
                index, 1, S.COMPLETED, None, None, NOW, NOW + timedelta(minutes=minutes)
            )
            tell(store, done, said)
        running = add_job(store, ann, "b", start_time=NOW - HOUR, state=S.RUNNING)
        claim(store, running, 1)
        add_job(store, bob, "c", state=S.FAILED, sim_type="fluka", start_time=NOW - timedelta(31))
        with store(read_only=True) as work:
            first, second = work.statistics.usage([Dimension.USER])
        assert (first.group, second.group) == ({Dimension.USER: "ann"}, {Dimension.USER: "bob"})
        assert (first.jobs, first.completed, first.failed, first.canceled) == (2, 1, 0, 0)
        assert first.cpu_hours == pytest.approx(1.5, rel=1e-6)
        assert first.simulated_primaries == 67
        assert first.mean_wait == pytest.approx(31 * 60, rel=1e-6)
        assert first.longest_wait == pytest.approx(3600, rel=1e-6)
        assert first.success_rate == 1
        assert (second.jobs, second.failed, second.success_rate) == (1, 1, 0)
        assert (second.cpu_hours, second.mean_wait, second.longest_wait) == (0, None, None)

    def test_usage_by_several_dimensions_and_by_none(self, store: Store) -> None:
        user = add_user(store)
        # Half an hour before March in UTC, wherever the database's clock stands.
        for name, start in (("a", NOW), ("b", datetime(2026, 2, 28, 23, 30, tzinfo=UTC))):
            add_job(store, user, name, start_time=start)
        add_job(store, user, "c", sim_type="fluka")
        with store(read_only=True) as work:
            found = work.statistics.usage(
                [Dimension.MONTH, Dimension.SIMULATOR, Dimension.PLATFORM]
            )
            (total,) = work.statistics.usage([])
            (late,) = work.statistics.usage([], since=NOW)
            (early,) = work.statistics.usage([], until=NOW)
            assert not work.statistics.usage([], since=LATER)
        assert [(tuple(item.group.values()), item.jobs) for item in found] == [
            (("2026-02", "mcsquare", "DIRECT"), 1),
            (("2026-03", "fluka", "DIRECT"), 1),
            (("2026-03", "mcsquare", "DIRECT"), 1),
        ]
        assert (total.jobs, late.jobs, early.jobs) == (3, 2, 1)
        assert total.success_rate is None
