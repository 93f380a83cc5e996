"""The worker processes."""

import os
import shutil
import threading
import time
from pathlib import Path

import structlog
from urllib3 import request
from urllib3.exceptions import HTTPError

from adapters.queue.consumer import Drain, consume_helpers, consume_simulations
from application.ports.task_queue import QueueName
from domain.errors import BackendUnreachable
from entrypoints.composition.container import Container, make_container
from entrypoints.processes.cluster_rounds import ClusterRounds
from entrypoints.processes.database_ready import ready_database
from entrypoints.processes.end_with_supervisor import end_with_supervisor
from entrypoints.processes.installing import install_what_is_named
from entrypoints.processes.log_lines import start_logging
from entrypoints.processes.private_data import keep_private
from entrypoints.processes.worker_announcements import start_notes

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 600.0
CHECK_SECONDS = 5.0
OK = 200


def run_simulation_worker() -> None:
    """Run tasks and merges until a signal; what does not end in time is handed back."""
    end_with_supervisor()
    container = make_container()
    settings = container.settings()
    keep_private(settings)
    start_logging(settings)
    tell_confinement(container)
    remove_leftovers(settings.data_dir / "work")
    install_what_is_named(settings)
    start_notes(container)
    container.computation().start(settings.max_cores)
    log.info("simulation worker ready", cores=settings.max_cores, pid=os.getpid())
    try:
        consume_simulations(
            settings.queue_address,
            settings.max_cores,
            container.run_task(),
            container.merge_job(),
            Drain(settings.stop_grace_seconds, container.stopping().set),
        )
    finally:
        container.merge_job().release_held()
        container.runner().close()
        container.computation().close()
        container.backend().close()
        shutil.rmtree(container.worker().work_dir, ignore_errors=True)
    log.info("simulation worker ended")


def tell_confinement(container: Container) -> None:
    """Say in the log what keeps engines to their own; ConfinementUnavailable where that must be."""
    coverage = container.runner().coverage()
    tell = log.warning if coverage.gaps or not coverage.confines else log.info
    tell(coverage.sentence())


def run_helper_worker() -> None:
    """Clean up after jobs, look for lost work and after batch jobs until a signal."""
    end_with_supervisor()
    container = make_container()
    settings = container.settings()
    keep_private(settings)
    start_logging(settings)
    ready_database(container)
    stopping, files = container.stopping(), container.task_files()
    recovery = threading.Thread(target=_recover, args=(container,), name="recovery", daemon=True)
    recovery.start()
    rounds = ClusterRounds(container)
    rounds.start()
    log.info("helper worker ready", pid=os.getpid())
    consume_helpers(
        settings.queue_address,
        lambda job: files.remove(job.job_id),
        container.attend_batch_job(),
        Drain(0.0, stopping.set),
    )
    recovery.join(settings.recovery_seconds + 5)
    rounds.close()
    container.computation().close()
    log.info("helper worker ended")


def _recover(container: Container) -> None:
    """Look for lost work again and again; Huey's own schedule counts in minutes."""
    settings = container.settings()
    next_sweep = time.monotonic()
    while not container.stopping().wait(settings.recovery_seconds):
        try:
            container.recover_lost_tasks()()
            if time.monotonic() >= next_sweep:
                container.sweep_task_files()()
                next_sweep = time.monotonic() + SWEEP_SECONDS
        except Exception:
            # A database that is away for a while must not end the search for good.
            log.exception("recovery failed")


def check_worker() -> None:
    """Raise QueueUnavailable or BackendUnreachable where a worker of this host could not work."""
    container = make_container()
    container.queue().length(QueueName.SIMULATIONS)
    url = f"{container.settings().internal_url}/health/live"
    try:
        status = request("GET", url, timeout=CHECK_SECONDS, retries=False).status
    except HTTPError as error:
        raise BackendUnreachable(f"{url} can't be reached: {error}") from error
    if status != OK:
        raise BackendUnreachable(f"{url} answers {status}")


def remove_leftovers(work: Path) -> None:
    """Remove the working folders of workers of this host that are gone."""
    if not work.is_dir():
        return
    for folder in work.iterdir():
        if folder.name.isdecimal() and not _lives(int(folder.name)):
            shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
