"""Waiting for a job to change."""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from application.reading.watch_jobs import WatchJobs
from domain.errors import JobNotFound, TooManyWaiting
from domain.job import Job, TaskReport
from tests.contracts.persistence import LATER, NOW, add_job, add_user
from tests.fakes.persistence import FakeStore
from tests.unit.adapters.http.conftest import Browser
from tests.waiting import LONGEST, Patience, wait


def test_events_answer_at_once_what_is_new(browser: Browser) -> None:
    job_id = browser.submit()
    status = browser("GET", "/jobs", params={"job_id": job_id}).json
    for query in ({}, {"after": 0}, {"after": 10**9}):
        news = browser("GET", f"/jobs/{job_id}/events", params=query).json
        assert news["changed"] is True
        assert news["job_tasks_status"] == status["job_tasks_status"]
    started = time.monotonic()
    query = {"after": news["version"], "wait": 0.2}
    same = browser("GET", f"/jobs/{job_id}/events", params=query).json
    assert time.monotonic() - started >= 0.2
    assert (same["changed"], same["version"]) == (False, news["version"])


@pytest.mark.parametrize("query", [{"after": -1}, {"after": "x"}, {"wait": 61}, {"wait": "nan"}])
def test_senseless_questions_name_the_parameter(browser: Browser, query: dict[str, Any]) -> None:
    result = browser("GET", f"/jobs/{browser.submit()}/events", params=query)
    assert result.status_code == 400
    assert result.json["message"].startswith(next(iter(query)))


class Counted(FakeStore):
    """Counts the units of work that are open and those there were."""

    opened = 0

    def __call__(self, *, read_only: bool = False, one_change: bool = False) -> Any:
        self.opened += 1
        return super().__call__(read_only=read_only, one_change=one_change)


@pytest.fixture
def store() -> Counted:
    return Counted()


def soon(found: Future[Job]) -> Job:
    """Return what is found long before the wait for news would end by itself."""
    wait(found.done, "an answer", Patience(5))
    return found.result()


def test_whoever_waits_is_told_soon_after_a_change(store: Counted) -> None:
    user = add_user(store)
    job = add_job(store, user)
    watch = WatchJobs(store, 4, 0.01)
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(watch, user, "job-1", job.version, 30) for _ in range(2)]
        while len(watch._waiters) < 2:
            time.sleep(0.005)
        with store() as work:
            work.jobs.apply_report(job.simulation_id, TaskReport(1, 1, None, 5), NOW, LATER)
            work.commit()
        for found in waits:
            assert soon(found).tasks[0].simulated_primaries == 5
    assert not watch._waiters


def test_a_job_that_is_removed_ends_the_wait(store: Counted) -> None:
    user = add_user(store)
    job = add_job(store, user)
    watch = WatchJobs(store, 4, 0.01)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(watch, user, "job-1", job.version, 30)
        while not watch._waiters:
            time.sleep(0.005)
        with store() as work:
            work.jobs.remove(job.simulation_id)
            work.commit()
        with pytest.raises(JobNotFound):
            soon(waiting)


def test_places_are_limited_and_free_again_afterwards(store: Counted) -> None:
    ann, bob = add_user(store), add_user(store, "bob")
    job, other = add_job(store, ann), add_job(store, bob, "job-2")
    watch = WatchJobs(store, 4, 0.01)
    with ThreadPoolExecutor(4) as pool:
        waits = [pool.submit(watch, ann, "job-1", job.version, 30) for _ in range(2)]
        while len(watch._waiters) < 2:
            time.sleep(0.005)
        with pytest.raises(TooManyWaiting):
            watch(ann, "job-1", job.version, 30)
        waits += [pool.submit(watch, bob, "job-2", other.version, 30) for _ in range(2)]
        while len(watch._waiters) < 4:
            time.sleep(0.005)
        with pytest.raises(TooManyWaiting):
            watch(bob, "job-2", other.version, 30)
        patience = Patience(5)
        watch.close()
        for found in waits:
            soon(found)
        assert not patience.is_over()
    assert watch(ann, "job-1", job.version, 30).version == job.version


def test_one_thread_looks_for_all_and_rests_when_nobody_waits(store: Counted) -> None:
    user = add_user(store)
    job = add_job(store, user)
    watch = WatchJobs(store, 40, 0.05)

    def lookers() -> int:
        return sum(thread.name == "watch-jobs" for thread in threading.enumerate())

    with ThreadPoolExecutor(10) as pool:
        before = store.opened
        for found in [pool.submit(watch, user, "job-1", job.version, 0.5) for _ in range(10)]:
            found.result(LONGEST)
        assert store.opened - before < 10 * 2 + 15
    wait(lambda: not lookers(), "the end of the thread", Patience(5))
