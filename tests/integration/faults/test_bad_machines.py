"""Disks fill up, clocks are set, engines hang."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.faults.conftest import WORKERS
from tests.integration.faults.jobs import PatientBrowser, assert_whole
from tests.integration.servers.deployment import Deployment
from tests.integration.servers.postgresql import PostgreSql
from tests.integration.servers.process import missing, program, run, wait_until
from tests.integration.servers.redis import RedisServer

LEAST_MIB = 4
DISK_MIB = 16


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of its own that is soon full."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.getuid() != 0:
        missing("a small disk can be mounted by root alone")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs", str(folder)]
    if run(mount, check=False).returncode != 0:
        missing("no small disk can be mounted here")
    yield folder
    run(["umount", "--lazy", folder])


def test_the_disk_is_full_for_a_while(
    small_disk: Path,
    deployment: Deployment,
    database: PostgreSql,
    broker: RedisServer,
    browser: PatientBrowser,
    undisturbed: Any,
) -> None:
    deployment.stop(*WORKERS)
    usual, deployment.data_dir = deployment.data_dir, small_disk
    deployment.settings["LEAST_DISK_MIB"] = str(LEAST_MIB)
    try:
        deployment.start("small-disk")
        job_id = browser.start()
        browser.wait_until_busy(job_id)
        filler = small_disk / "filler"
        fill(filler)
        # Long enough for each running task to end on a full disk.
        time.sleep(3)
        counts = browser.counts(job_id)
        assert counts.get("COMPLETED", 0) < 8
        assert "FAILED" not in counts
        filler.unlink()
        assert_whole(browser, job_id, undisturbed)
        assert "is full" in deployment.log("small-disk")
    finally:
        deployment.stop("small-disk")
        del deployment.settings["LEAST_DISK_MIB"]
        deployment.data_dir = usual
        deployment.start(*WORKERS)


def fill(path: Path) -> None:
    """Write a file until the disk takes no more."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65536)
        except OSError:
            return


@pytest.fixture(scope="module")
def clock_offset(
    deployment: Deployment, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Restart everything under a clock that is off by the seconds in the file of this path."""
    folder = tmp_path_factory.mktemp("clock")
    offset = folder / "offset"
    offset.write_text("0")
    everything = ("web", "helper", *WORKERS)
    under = {"LD_PRELOAD": str(clock_library(folder)), "CLOCK_OFFSET_FILE": str(offset)}
    deployment.stop()
    deployment.settings.update(under)
    try:
        deployment.start(*everything)
        yield offset
    finally:
        deployment.stop()
        for name in under:
            del deployment.settings[name]
    deployment.start(*everything)


@pytest.fixture
def set_clock(clock_offset: Path) -> Iterator[Callable[[int], None]]:
    """Set the clock of all processes, for one test."""

    def set_to(seconds: int) -> None:
        draft = clock_offset.with_name("draft")
        draft.write_text(str(seconds))
        draft.rename(clock_offset)

    yield set_to
    set_to(0)


def clock_library(folder: Path) -> Path:
    """Return the library that gives a process another clock."""
    library = folder / "set_clock.so"
    source = Path(__file__).with_name("set_clock.c")
    compiler = program("gcc", "gcc libc6-dev")
    run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source])
    return library


@pytest.mark.parametrize("step", [7200, -7200])
def test_the_clock_is_set_while_tasks_run(
    step: int, set_clock: Any, deployment: Deployment, browser: PatientBrowser, undisturbed: Any
) -> None:
    job_id = browser.start()
    browser.wait_until_busy(job_id)
    set_clock(step)
    deployment.kill("worker-1")
    if step > 0:
        # Sessions are over by then.
        browser.sign_in()
    assert_whole(browser, job_id, undisturbed)
    deployment.start("worker-1")


def test_an_engine_hangs_and_is_cancelled(browser: PatientBrowser, behave: Any) -> None:
    behave(seconds=0.2, ending="hang", ignore_sigterm=True)
    job_id = browser.start(ntasks=2)
    wait_until(lambda: browser.counts(job_id) == {"RUNNING": 2}, "both run", pause=0.1)
    time.sleep(4)
    # It is silent, not lost: its worker vouches for it, however long it takes.
    assert browser.counts(job_id) == {"RUNNING": 2}
    assert browser("DELETE", f"/jobs?job_id={job_id}")[0] == 200
    assert browser.end(job_id)["job_state"] == "CANCELED"
    behave(seconds=0.1)
    assert browser.end(browser.start())["job_state"] == "COMPLETED"
