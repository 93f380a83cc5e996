"""What one benchmark is, and what it gives."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from benchmarks.service import Bench


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure in `unit`; of rates more is better, of all else less. Times are in ms."""

    value: float
    unit: str
    p50: float | None = None
    p99: float | None = None
    memory: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `older` is the older backend's figure in the same unit.

    `database` is where it is measured if not on every one.
    """

    name: str
    measure: Callable[[Bench], Measured]
    older: float | None = None
    database: str = ""


def rate(requests: Sequence[float], seconds: float, note: str = "") -> Measured:
    """Return requests per second, with the times of the requests in milliseconds."""
    return Measured(len(requests) / seconds, "/s", *_percentiles(requests), note=note)


def milliseconds(times: Sequence[float], note: str = "") -> Measured:
    """Return the median of times given in seconds."""
    p50, p99 = _percentiles(times)
    return Measured(p50, "ms", p50, p99, note=note)


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _percentiles(times: Sequence[float]) -> tuple[float, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000
