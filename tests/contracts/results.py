"""What every store of results must do. Subclasses give `store`."""

from datetime import timedelta

import pytest

from application.ports.result_repository import StoredEstimator, StoredPage
from domain.errors import JobNotFound
from domain.states import EntityState
from tests.contracts.persistence import LATER, NOW, S, Store, add_job, add_user


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
