"""Waiting with a patience that is measured: a busy machine gets more time, and so does progress."""

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

USUAL = 60.0
"""Seconds that a wait may take without any progress on a machine that does nothing else."""

LONGEST = 300.0
"""Seconds by the clock after which a wait ends in any case; also for sockets and threads."""

LOOK_SECONDS = 1.0
WORK = (sys.executable, "-I", "-S", "-c", "pass")
MOST_STALLED = 0.9
MOST_RESTRAINT = 5.0


class Slowness:
    """Says how many times longer work takes now than on a machine that does nothing else.

    An answer is given again for half a second, and for twenty times as long as it took: measuring
    must not be the load that is measured.
    """

    def __init__(self, measure: Callable[[], float]) -> None:
        self._measure = measure
        self._lock = threading.Lock()
        self._last, self._until = 1.0, 0.0

    def __call__(self) -> float:
        with self._lock:
            begun = time.monotonic()
            if begun >= self._until:
                self._last = self._measure()
                now = time.monotonic()
                self._until = now + max(LOOK_SECONDS / 2, 20 * (now - begun))
            return self._last


def measured_slowness() -> float:
    """Return how many times longer a Python takes to start and end than its processor time.

    With 16 programs computing on two cores both this and a longer run take 8 times as long. What
    waits for the disk or for memory is slower still, by the share of time that the kernel says
    programs wait for it: see Documentation/accounting/psi.rst of Linux.
    """
    begun = time.monotonic()
    process = os.posix_spawn(WORK[0], WORK, os.environ)
    _, _, used = os.wait4(process, 0)
    computed = max(used.ru_utime + used.ru_stime, 0.001)
    longer = (time.monotonic() - begun) / computed
    return max(1.0, longer) / (1 - max(stalled("io"), stalled("memory")))


def stalled(resource: str, pressure: Path = Path("/proc/pressure")) -> float:
    """Return the share of the last ten seconds in which some program waited for a resource."""
    try:
        # some avg10=1.53 avg60=0.87 avg300=0.73 total=1094325
        line = (pressure / resource).read_text().split()
    except OSError:
        return 0.0
    return min(float(line[1].partition("=")[2]) / 100, MOST_STALLED)


slowness = Slowness(measured_slowness)


class Patience:
    """Says when a wait has taken too long.

    That is after `seconds` without `progress` (whatever is returned, a change of it counts), where a
    second of a machine that is n times slower than usual counts 1/n; and after `longest` seconds by
    the clock in any case.
    """

    def __init__(
        self,
        seconds: float = USUAL,
        *,
        longest: float = LONGEST,
        progress: Callable[[], object] = lambda: None,
        slowness: Callable[[], float] = slowness,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds, self._longest = seconds, longest
        self._progress, self._slowness, self._clock = progress, slowness, clock
        self._begun = self._counted = clock()
        self._waited = 0.0
        self._seen = progress()
        # How many times more rarely than usual to look and to ask, where both take long.
        self.restraint = 1.0

    @property
    def waited(self) -> float:
        """Return the seconds since the last progress, as on a machine that does nothing else."""
        return self._waited + self._clock() - self._counted

    def is_over(self) -> bool:
        """Say whether the wait has taken too long; to be asked again and again while it goes on."""
        now = self._clock()
        if now - self._counted >= self.restraint * min(LOOK_SECONDS, self._seconds / 10):
            self._count(now)
        return self._waited >= self._seconds or now - self._begun >= self._longest

    def _count(self, now: float) -> None:
        slower = max(1.0, self._slowness())
        self._waited += (now - self._counted) / slower
        self._counted = now
        self.restraint = min(slower, MOST_RESTRAINT)
        seen = self._progress()
        if seen != self._seen:
            self._seen, self._waited = seen, 0.0

    def __str__(self) -> str:
        clock = self._clock() - self._begun
        return f"{self._seconds:g} s of an idle machine, which were {clock:.1f} s of this one"


def wait(
    condition: Callable[[], object],
    what: str,
    patience: Patience,
    pause: float = 0.02,
    look: Callable[[], None] = lambda: None,
) -> float:
    """Ask again and again until `condition` holds; return how long that took, see `waited`.

    `look` comes before each question: it raises when there is nothing to wait for any more. What is
    costly to ask about wants a longer `pause`.

    Raises:
        AssertionError: it did not hold before patience was over.
    """
    while True:
        look()
        if condition():
            return patience.waited
        if patience.is_over():
            raise AssertionError(f"{what}: not within {patience}")
        time.sleep(pause * patience.restraint)
