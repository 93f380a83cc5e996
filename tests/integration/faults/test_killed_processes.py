"""Processes and servers are killed in the middle of a job, which ends as if nothing had happened."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from adapters.executors.local_process.launching.process_tree import children
from tests.integration.faults.conftest import WORKERS
from tests.integration.faults.jobs import PatientBrowser, assert_whole
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.postgresql import PostgreSql
from tests.integration.servers.process import wait_until
from tests.integration.servers.redis import RedisServer


def busy(browser: PatientBrowser) -> str:
    job_id = browser.start()
    browser.wait_until_busy(job_id)
    return job_id


def engines(deployment: Deployment) -> dict[int, str]:
    """Return the processes that work in the folder of a task, and which that is."""
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError):
            folder = (entry / "cwd").readlink()
            if entry.name.isdecimal() and folder.is_relative_to(deployment.work_dir):
                found[int(entry.name)] = str(folder)
    return found


def test_an_engine(deployment: Deployment, browser: PatientBrowser, undisturbed: Any) -> None:
    """As the system does where memory runs out."""
    job_id = busy(browser)
    wait_until(lambda: bool(engines(deployment)))
    victim, folder = next(iter(engines(deployment).items()))
    os.kill(victim, signal.SIGKILL)
    assert_whole(browser, job_id, undisturbed)
    assert not Path(folder).exists()


def test_all_that_stands_between_workers_and_engines_and_then_a_worker(
    deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = busy(browser)
    for name in WORKERS:
        for launcher in children(deployment.processes[name].process.pid):
            os.kill(launcher, signal.SIGKILL)
    wait_until(lambda: bool(engines(deployment)))
    running = engines(deployment)
    deployment.kill("worker-2")
    mine = str(deployment.processes["worker-1"].process.pid)
    left = [pid for pid, folder in running.items() if f"/{mine}/" not in folder]
    wait_until(lambda: not set(left) & set(engines(deployment)), "their end", seconds=5)
    deployment.start("worker-2")
    assert_whole(browser, job_id, undisturbed)


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
