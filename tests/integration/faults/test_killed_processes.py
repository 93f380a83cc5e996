"""Processes and servers are killed in the middle of a job, which ends as if nothing had happened."""

import time
from typing import Any

from tests.integration.faults.conftest import WORKERS
from tests.integration.faults.jobs import PatientBrowser, assert_whole
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.postgresql import PostgreSql
from tests.integration.servers.redis import RedisServer


def busy(browser: PatientBrowser) -> str:
    job_id = browser.start()
    browser.wait_until_busy(job_id)
    return job_id


def test_a_simulation_worker(
    deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    deployment.kill("worker-1")
    assert_whole(browser, job_id, undisturbed)
    deployment.start("worker-1")


def test_all_simulation_workers(
    deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    deployment.kill(*WORKERS)
    deployment.start(*WORKERS)
    assert_whole(browser, job_id, undisturbed)


def test_the_helper_worker_and_then_a_simulation_worker(
    deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    deployment.kill("helper")
    deployment.kill("worker-2")
    deployment.start("helper", "worker-2")
    assert_whole(browser, job_id, undisturbed)


def test_the_web_process(deployment: Deployment, browser: PatientBrowser, undisturbed: Any) -> None:
    job_id = busy(browser)
    deployment.kill("web")
    deployment.start("web")
    assert_whole(browser, job_id, undisturbed)


def test_the_api_is_away_for_half_a_minute_while_tasks_finish(
    deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    deployment.kill("web")
    time.sleep(30)
    deployment.start("web")
    assert_whole(browser, job_id, undisturbed)


def test_the_database_is_restarted_and_then_away_for_ten_seconds(
    database: PostgreSql, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    database.stop()
    database.start()
    second = browser.start()
    database.stop()
    time.sleep(10)
    database.start()
    assert_whole(browser, job_id, undisturbed)
    assert_whole(browser, second, undisturbed)


def test_the_broker_is_restarted_and_has_lost_its_memory(
    broker: RedisServer, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    waiting = browser.start()
    broker.stop()
    meanwhile = browser.start()
    broker.start()
    for job in (job_id, waiting, meanwhile):
        assert_whole(browser, job, undisturbed)
