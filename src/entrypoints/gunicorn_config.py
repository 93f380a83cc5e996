"""How gunicorn serves the API: `gunicorn --config python:entrypoints.gunicorn_config`.

The address to listen on is given with `--bind`; everything else comes from our settings.
"""

import logging
import os
import shutil
import signal
import threading
from types import FrameType
from typing import Any

from gunicorn import glogging, util

from entrypoints.composition.lazy_adapters import load_shared
from entrypoints.processes.end_with_supervisor import end_with_supervisor
from entrypoints.processes.log_lines import configure_logging
from entrypoints.processes.metrics_folder import make_metrics_folder
from entrypoints.processes.paced_socket import PacedSocket
from entrypoints.processes.private_data import keep_private
from entrypoints.processes.returned_memory import return_large_memory
from entrypoints.processes.web import stop_waiting
from entrypoints.settings import read_settings

METRICS_DIR = "PROMETHEUS_MULTIPROC_DIR"


class StructuredLogger(glogging.Logger):  # type: ignore[misc]
    """Has the lines of gunicorn written like all of ours."""

    def setup(self, cfg: Any) -> None:
        """Take the level, leave the writing to the root logger."""
        super().setup(cfg)
        self.error_log.handlers = []
        self.error_log.propagate = True


def write_json_error(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """Answer a request so broken that it never reaches the application; JSON like any error.

    What the client sent is not repeated to it.
    """
    del mesg
    body = b'{"message":"The request can\'t be understood: %b"}' % reason.encode("ascii", "replace")
    head = (
        f"HTTP/1.1 {status_int} {reason}\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("latin1") + body)


# Gunicorn has no setting for the pages it answers such requests with: they are HTML.
util.write_error = write_json_error

_settings = read_settings()

wsgi_app = "entrypoints.processes.web:create_application()"
workers = _settings.web_workers
worker_class = "entrypoints.processes.patient_worker.PatientWorker"
# Whoever sends or reads slowly has a thread beside those of the others.
threads = _settings.web_threads + _settings.slow_seats.threads
worker_connections = 512
timeout = 60
graceful_timeout = 10
keepalive = 5
loglevel = "warning"
logger_class = StructuredLogger
# The paths of messages and queries of users: long enough for them, too short for an attack.
limit_request_line = 8190
# No client names the path before ours, nor its own scheme: what a proxy in front says, the
# application believes or not.
forwarded_allow_ips = ""
# The system would wait for a slow reader as long as it takes.
sendfile = False


def on_starting(server: Any) -> None:
    """Make the folder in which the processes keep their counters together, load what they share."""
    del server
    end_with_supervisor()
    configure_logging(_settings.log_level)
    keep_private(_settings)
    os.environ[METRICS_DIR] = make_metrics_folder()
    load_shared()


def post_fork(server: Any, worker: Any) -> None:
    """Let so many threads of a process wait for slow readers, and no memory stay after bodies."""
    del server, worker
    return_large_memory()
    seats = threading.BoundedSemaphore(_settings.slow_seats.readers)
    PacedSocket.slow_readers = seats


def post_worker_init(worker: Any) -> None:
    """Let those who wait for changes go before a worker ends."""
    del worker
    before = signal.getsignal(signal.SIGTERM)

    def handle(number: int, frame: FrameType | None) -> None:
        stop_waiting()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, handle)


def child_exit(server: Any, worker: Any) -> None:
    """Forget gauges of a process that is gone; its counts stay."""
    del server
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def on_exit(server: Any) -> None:
    """Remove the counters."""
    del server
    logging.getLogger(__name__).debug("the web server ended")
    shutil.rmtree(os.environ.pop(METRICS_DIR, ""), ignore_errors=True)
