"""Metrics in the format of Prometheus.

Several server processes share the counters: gunicorn's configuration sets PROMETHEUS_MULTIPROC_DIR
before this module is imported, and each process then counts in files there that are summed up
whenever somebody asks. How much work there is, the database and the queues tell at that moment.
"""

import os
from collections.abc import Iterable, Iterator, Mapping

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from application.administration.count_work import CountWork
from domain.states import EntityState

log = structlog.get_logger(__name__)

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)

REQUESTS = Counter("yaptide_http_requests", "Requests answered", ("method", "route", "status"))
SECONDS = Histogram(
    "yaptide_http_request_duration_seconds",
    "Time until an answer began",
    ("method", "route"),
    buckets=BUCKETS,
)
CALLBACK_FAILURES = Counter(
    "yaptide_callback_failures",
    "Reports of workers that were refused, failed here, or could not be delivered",
    ("route", "reason"),
)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answered request."""
    REQUESTS.labels(method, route, str(status)).inc()
    SECONDS.labels(method, route).observe(seconds)


def note_callback_failures(route: str, reason: str, count: int) -> None:
    """Count reports of workers that went wrong."""
    CALLBACK_FAILURES.labels(route, reason).inc(count)


class WorkCollector:
    """Collects how much work there is; what can't be asked just now is left out."""

    def __init__(self, count_work: CountWork) -> None:
        self._count_work = count_work

    def collect(self) -> Iterator[Metric]:
        """Yield gauges of jobs, tasks and queues."""
        try:
            states = self._count_work.states()
        except Exception as error:
            log.warning("jobs could not be counted", reason=str(error))
        else:
            yield _by_state("yaptide_jobs", "Jobs by state", states.jobs)
            yield _by_state("yaptide_tasks", "Tasks by state", states.tasks)
        try:
            queues = self._count_work.queues()
        except Exception as error:
            log.warning("queues could not be counted", reason=str(error))
        else:
            lengths = {name.value: length for name, length in queues.items()}
            yield _gauge("yaptide_queue_length", "Messages that wait", "queue", lengths)


def render_metrics(count_work: CountWork) -> bytes:
    """Return all metrics as text."""
    work = CollectorRegistry()
    work.register(WorkCollector(count_work))
    return generate_latest(_requests()) + generate_latest(work)


def _requests() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    summed = CollectorRegistry()
    MultiProcessCollector(summed)  # type: ignore[no-untyped-call]
    return summed


def _by_state(name: str, meaning: str, counts: Mapping[EntityState, int]) -> Metric:
    return _gauge(name, meaning, "state", {state: counts.get(state, 0) for state in EntityState})


def _gauge(name: str, meaning: str, label: str, values: Mapping[str, int]) -> Metric:
    gauge = GaugeMetricFamily(name, meaning, labels=[label])
    items: Iterable[tuple[str, int]] = values.items()
    for key, value in items:
        gauge.add_metric([str(key)], value)
    return gauge
