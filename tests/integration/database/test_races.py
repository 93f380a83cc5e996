"""Transactions of several threads at once: one wins, nothing is lost, nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from adapters.compression.gzip import GzipCompressor
from adapters.executors.local_process.executor import LocalProcessExecutor
from application.cancellation.cancel_job import CancelJob
from application.merging.settle_job import SettleJob
from application.merging.store_results import StoreResults
from application.ports.result_repository import StoredEstimator, StoredPage
from application.ports.task_queue import TaskMessage
from application.ports.user_repository import RenewedSession, SessionRenewal
from application.running.claim_task import ClaimTask
from application.running.report_progress import ReportProgress
from domain.errors import UserExists
from domain.job import TaskReport
from domain.states import EntityState
from tests.contracts.persistence import BEYOND, LATER, NOW, add_job, add_user, claim
from tests.fakes.execution import FakeTaskQueue, FixedClock
from tests.integration.database.conftest import Store

S = EntityState
THREADS = 6


def at_once(work: Callable[[int], Any], times: int) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, range(times)))


def test_of_many_that_claim_at_once_one_wins(store: Store) -> None:
    job = add_job(store, add_user(store))
    won = at_once(lambda n: claim(store, job, 1, f"claim-{n}"), 32)
    assert sum(task is not None for task in won) == 1


def test_of_many_that_register_a_name_at_once_one_wins(store: Store) -> None:
    def register(_: int) -> bool:
        try:
            add_user(store)
        except UserExists:
            return False
        return True

    assert sum(at_once(register, 16)) == 1


def test_tabs_that_renew_a_session_at_once_get_the_same_token(store: Store) -> None:
    user_id, now = add_user(store), NOW
    with store() as work:
        work.users.start_session(user_id, "s", now + timedelta(hours=1))
        work.commit()

    def renew(generation: int) -> RenewedSession | None:
        asked = SessionRenewal(
            generation, now, now - timedelta(minutes=1), now + timedelta(hours=1), BEYOND
        )
        with store(one_change=True) as work:
            renewed = work.users.renew_session(user_id, "s", asked)
            work.commit()
        return renewed

    for generation in range(5):
        found = at_once(lambda _, shown=generation: renew(shown), 32)
        assert set(found) == {RenewedSession(generation + 1, now + timedelta(hours=1))}
        now += timedelta(minutes=2)


def test_of_a_renewal_and_a_sign_out_at_once_the_sign_out_lasts(store: Store) -> None:
    user_id = add_user(store)
    asked = SessionRenewal(0, NOW, NOW, NOW + timedelta(hours=1), BEYOND)

    def act(number: int) -> None:
        name = f"s{number // 4}"
        with store() as work:
            if number % 4 == 2:
                work.users.sign_out(user_id, name, NOW)
            else:
                work.users.renew_session(user_id, name, asked)
            work.commit()

    with store() as work:
        for number in range(12):
            work.users.start_session(user_id, f"s{number}", LATER)
        work.commit()
    at_once(act, 48)
    with store(read_only=True) as work:
        for number in range(12):
            assert work.users.signed_out(user_id, f"s{number}")
            assert not work.users.session_is_open(user_id, f"s{number}", NOW)


def test_of_many_that_sign_out_at_once_all_do(store: Store) -> None:
    user_id = add_user(store)

    def sign_out(number: int) -> None:
        with store() as work:
            work.users.sign_out(user_id, f"forgotten {number % 4}", NOW)
            work.commit()

    at_once(sign_out, 24)
    with store(read_only=True) as work:
        assert all(work.users.signed_out(user_id, f"forgotten {number}") for number in range(4))


def test_tasks_that_end_at_once_ask_for_one_merge(store: Store) -> None:
    queue, clock = FakeTaskQueue(), FixedClock()
    reports = ReportProgress(store, SettleJob(store, queue, clock), clock, 60)
    user_id = add_user(store)
    jobs = [add_job(store, user_id, f"job-{n}", ntasks=12) for n in range(4)]

    def end(number: int) -> None:
        job = jobs[number % 4]
        reports(job.ref, TaskReport(number // 4 + 1, 1, S.COMPLETED))

    at_once(end, 48)
    assert sorted(item.job.simulation_id for item in queue.merges) == sorted(
        job.simulation_id for job in jobs
    )


def test_claims_and_cancellations_at_once_never_wait_for_each_other(store: Store) -> None:
    clock = FixedClock()
    claims = ClaimTask(store, clock, 60)
    cancels = CancelJob(store, LocalProcessExecutor(FakeTaskQueue()), clock)
    user_id = add_user(store)
    jobs = [add_job(store, user_id, f"job-{n}", ntasks=20) for n in range(6)]

    def act(number: int) -> None:
        job, step = jobs[number // 8], number % 8
        if step == 4:
            cancels(user_id, job.job_id)
        else:
            claims(TaskMessage(job.ref, step + 1, 1), f"claim-{number}")

    at_once(act, 48)
    for job in jobs:
        with store(read_only=True) as work:
            found = work.jobs.by_job_id(job.job_id)
        assert {found.state, *(task.state for task in found.tasks)} == {S.CANCELED}


def test_results_that_come_twice_at_once_are_stored_once(store: Store) -> None:
    queue, clock = FakeTaskQueue(), FixedClock()
    stores = StoreResults(store, GzipCompressor(), queue, clock)
    job = add_job(store, add_user(store), state=S.MERGING_RUNNING)

    def hand_in(number: int) -> None:
        pages = [StoredPage(page, "p", 0, b"%d" % number) for page in range(5)]
        stores(job.ref, [StoredEstimator("e", b"{}", pages)])

    at_once(hand_in, 12)
    with store(read_only=True) as work:
        (title,) = work.results.titles(job.simulation_id)
        bodies = set(work.results.page_bodies(job.simulation_id, "e", range(5)))
    assert [page.number for page in title.pages] == list(range(5))
    assert len(bodies) == 1


def test_logs_of_one_name_that_come_at_once_overwrite_each_other(store: Store) -> None:
    job = add_job(store, add_user(store))

    def add(number: int) -> None:
        with store() as work:
            work.results.add_logs(job.simulation_id, {"b.log": f"{number}", "a.log": f"{number}"})
            work.commit()

    at_once(add, 24)
    with store(read_only=True) as work:
        logs = work.results.logs(job.simulation_id)
    assert set(logs) == {"a.log", "b.log"}
    assert logs["a.log"] == logs["b.log"]


def test_of_recovery_and_a_late_report_one_has_the_task(store: Store) -> None:
    job = add_job(store, add_user(store), ntasks=30)
    clock = FixedClock()
    later = clock.now() + timedelta(minutes=5)

    def act(number: int) -> bool:
        index = number // 2 + 1
        with store() as work:
            if number % 2:
                done: bool = work.jobs.retry_task(job.simulation_id, index, 1, later)
            else:
                said = TaskReport(index, 1, S.COMPLETED)
                task = work.jobs.apply_report(job.simulation_id, said, later, later)
                done = task is not None and task.state is S.COMPLETED
            work.commit()
        return done

    done = at_once(act, 60)
    assert [a + b for a, b in zip(done[::2], done[1::2], strict=True)] == [1] * 30
