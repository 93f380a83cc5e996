"""How long tests wait: by the clock of an idle machine, and as long as something goes on."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.waiting import Patience, Slowness, measured_slowness, stalled, wait


class Clock:
    """A clock that goes on by a tenth of a second whenever somebody looks at it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def seconds_until_over(
    slowness: Callable[[float], float] = lambda now: 1.0,
    progress: Callable[[float], object] = lambda now: None,
    **limits: float,
) -> float:
    """Return how long patience lasts where slowness and progress go by the seconds so far."""
    clock = Clock()
    begin = clock.now
    patience = Patience(
        **limits,
        progress=lambda: progress(clock.now - begin),
        slowness=lambda: slowness(clock.now - begin),
        clock=clock,
    )
    while not patience.is_over():
        pass
    return clock.now - begin


def test_an_idle_machine_gets_the_seconds_that_were_named() -> None:
    assert seconds_until_over(seconds=60) == pytest.approx(60, abs=2)
    assert seconds_until_over(seconds=5) == pytest.approx(5, abs=1)


def test_a_machine_that_is_four_times_slower_gets_four_times_as_long() -> None:
    assert seconds_until_over(lambda now: 4.0, seconds=60) == pytest.approx(240, abs=5)


def test_a_load_that_comes_or_goes_meanwhile_counts_as_long_as_it_is_there() -> None:
    # 80 s of a machine that is four times slower count 20 s, the other 40 s as they are.
    goes = seconds_until_over(lambda now: 4.0 if now < 80 else 1.0, seconds=60)
    comes = seconds_until_over(lambda now: 1.0 if now < 40 else 4.0, seconds=60)
    assert goes == pytest.approx(120, abs=5)
    assert comes == pytest.approx(120, abs=5)


def test_no_measure_makes_a_wait_shorter() -> None:
    assert seconds_until_over(lambda now: 0.1, seconds=60) == pytest.approx(60, abs=2)


def test_no_load_and_no_progress_make_a_wait_endless() -> None:
    assert seconds_until_over(lambda now: 1000.0) == pytest.approx(300, abs=2)
    assert seconds_until_over(progress=lambda now: now) == pytest.approx(300, abs=2)
    assert seconds_until_over(progress=lambda now: now, longest=900) == pytest.approx(900, abs=2)


def test_patience_begins_anew_with_each_progress() -> None:
    steps = seconds_until_over(progress=lambda now: min(now // 30, 4), seconds=60)
    assert steps == pytest.approx(4 * 30 + 60, abs=5)


def test_what_raises_while_waiting_ends_the_wait_at_once() -> None:
    asked: list[str] = []

    def look() -> None:
        if len(asked) == 3:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wait(lambda: asked.append("x"), "nothing", Patience(), 0, look)
    assert len(asked) == 3


def test_a_wait_in_vain_says_what_was_waited_for() -> None:
    with pytest.raises(AssertionError, match=r"a miracle: not within 0\.2 s of an idle machine"):
        wait(lambda: False, "a miracle", Patience(0.2))


@pytest.fixture
def crowd() -> Iterator[None]:
    """Have four programs compute on the one core that is left to us."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    command = [sys.executable, "-I", "-S", "-c", "while True: pass"]
    started = [subprocess.Popen(command) for _ in range(4)]
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        for process in started:
            process.kill()
            process.wait()


def test_programs_that_compute_beside_us_are_noticed(crowd: None) -> None:
    found = sorted(measured_slowness() for _ in range(9))
    # A fifth of the core is ours. One start may be lucky, half of them are not.
    assert found[4] > 2


def test_what_the_kernel_says_of_the_disk_is_read(tmp_path: Path) -> None:
    # The form is that of Documentation/accounting/psi.rst.
    (tmp_path / "io").write_text(
        "some avg10=25.00 avg60=3.00 avg300=1.00 total=100\n"
        "full avg10=12.50 avg60=2.00 avg300=0.50 total=50\n"
    )
    (tmp_path / "memory").write_text("some avg10=100.00 avg60=0.00 avg300=0.00 total=0\n")
    assert stalled("io", tmp_path) == 0.25
    assert stalled("memory", tmp_path) == 0.9
    assert stalled("irq", tmp_path) == 0.0


def test_threads_share_a_measure() -> None:
    measured: list[int] = []
    slowness = Slowness(lambda: measured.append(1) or 3.0)  # type: ignore[func-returns-value]
    assert [slowness() for _ in range(50)] == [3.0] * 50
    assert len(measured) < 5
