"""Asks clusters about batch jobs, again and again, several users at a time."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog

from application.ports.batch_repository import ClusterUser
from entrypoints.composition.container import Container

log = structlog.get_logger(__name__)

TICK_SECONDS = 0.5
"""How often it is looked whose time has come; a look is one question to the database."""
THREADS = 8
SWEEP_SECONDS = 3600.0


class ClusterRounds:
    """One thread that finds what is due, some that do it: a hung login node holds up its users."""

    def __init__(self, container: Container) -> None:
        self._poll = container.poll_cluster()
        self._clusters = container.batch_clusters()
        self._sweep = container.sweep_clusters()
        self._stopping = container.stopping()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="cluster")
        self._busy: set[ClusterUser] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="clusters", daemon=True)
        self._next_sweep = 0.0

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def close(self) -> None:
        """Wait a little for what runs and close the connections."""
        self._thread.join(TICK_SECONDS + 5)
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._clusters.close()

    def _run(self) -> None:
        while not self._stopping.wait(TICK_SECONDS):
            try:
                self._look()
            except Exception:
                # A database that is away for a while must not end the rounds for good.
                log.exception("clusters could not be looked after")

    def _look(self) -> None:
        for whose in self._poll.due():
            with self._lock:
                if whose in self._busy:
                    continue
                self._busy.add(whose)
            self._pool.submit(self._round, whose)
        self._clusters.close_idle()
        if time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEEP_SECONDS
            self._pool.submit(self._sweep_once)

    def _round(self, whose: ClusterUser) -> None:
        try:
            self._poll(whose)
        except Exception:
            log.exception("a round failed", user_id=whose.user_id, cluster_id=whose.cluster_id)
        finally:
            with self._lock:
                self._busy.discard(whose)

    def _sweep_once(self) -> None:
        try:
            self._sweep()
        except Exception:
            log.exception("the clusters could not be swept")
