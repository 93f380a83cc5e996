"""Messages come twice, late and at the same moment; users cancel and delete at the worst one."""

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from adapters.queue.task_queue import HueyTaskQueue
from application.ports.task_queue import MergeMessage
from domain.job import JobRef
from tests.integration.faults.callback_mess import CallbackMess
from tests.integration.faults.conftest import WORKERS
from tests.integration.faults.jobs import PatientBrowser, assert_whole
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.redis import RedisServer
from tests.integration.service.service import TERMINAL


@pytest.fixture
def mess(deployment: Deployment) -> Iterator[CallbackMess]:
    """Put a network that doubles and shuffles messages between the workers and the API."""
    mess = CallbackMess(deployment.port)
    try:
        deployment.stop(*WORKERS)
        deployment.api_port = mess.port
        deployment.start(*WORKERS)
        yield mess
    finally:
        deployment.stop(*WORKERS)
        deployment.api_port = deployment.port
        mess.close()
    deployment.start(*WORKERS)


def test_every_callback_is_sent_twice_and_shuffled(
    mess: CallbackMess, browser: PatientBrowser, undisturbed: Any
) -> None:
    jobs = [browser.start() for _ in range(2)]
    for job_id in jobs:
        assert_whole(browser, job_id, undisturbed)
    assert mess.repeated > 30


def test_merges_are_asked_for_again_and_again(
    deployment: Deployment, broker: RedisServer, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = browser.start()
    with psycopg.connect(deployment.settings["DATABASE_URL"]) as connection:
        (row,) = connection.execute("SELECT id FROM job WHERE job_id = %s", [job_id]).fetchall()
    queue = HueyTaskQueue(broker.url)
    over = threading.Event()

    def ask() -> None:
        while not over.wait(0.1):
            for _ in range(3):
                queue.enqueue_merge(MergeMessage(JobRef(row[0], job_id)))

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        assert_whole(browser, job_id, undisturbed)
    finally:
        over.set()
        asking.join()


def test_cancelling_races_with_completion(browser: PatientBrowser, behave: Any) -> None:
    behave(seconds=0.1)
    rng = random.Random(7)
    ends = []
    for _ in range(8):
        job_id = browser.start(ntasks=2)
        time.sleep(rng.uniform(0.1, 1.2))
        status, answer = browser("DELETE", f"/jobs?job_id={job_id}")
        assert status == 200
        ended = browser.end(job_id)
        ends.append(ended["job_state"])
        assert answer["job_state"] == ended["job_state"]
        if ended["job_state"] == "COMPLETED":
            assert browser.pages(job_id)
        else:
            assert ended["job_state"] == "CANCELED"
        assert {t["task_state"] for t in ended["job_tasks_status"]} <= set(TERMINAL)
        # Nothing that comes late revives it.
        assert browser.status(job_id)["job_state"] == ended["job_state"]
    assert "CANCELED" in ends


def test_deleting_races_with_late_reports(browser: PatientBrowser, behave: Any) -> None:
    behave(seconds=0.5)
    gone = []
    for _ in range(4):
        job_id = browser.start(ntasks=4)
        time.sleep(0.4)
        assert browser("DELETE", f"/jobs?job_id={job_id}")[0] == 200
        assert browser("DELETE", f"/user/simulations?job_id={job_id}")[0] == 200
        gone.append(job_id)
    kept = browser.start(ntasks=4)
    assert browser.end(kept)["job_state"] == "COMPLETED"
    for job_id in gone:
        for address in ("jobs", "results", "logfiles", "inputs"):
            assert browser("GET", f"/{address}?job_id={job_id}")[0] == 404
