"""Leases are not compared with a clock that was just set."""

from dataclasses import dataclass

import pytest

from application.leases.clock_steps import ClockSteps
from tests.fakes.execution import FixedClock


@dataclass
class Watch:
    """The steady clock of a process."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Hour:
    """Both clocks, and what watches them."""

    def __init__(self) -> None:
        self.clock, self.steady = FixedClock(), Watch()
        self.steps = ClockSteps(self.clock, 60, self.steady)

    def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.steady.seconds += seconds


@pytest.fixture
def hour() -> Hour:
    return Hour()


def test_leases_hold_while_both_clocks_agree(hour: Hour) -> None:
    assert hour.steps.leases_hold()
    for _ in range(10):
        hour.pass_by(300)
        hour.clock.advance(0.5)
        assert hour.steps.leases_hold()


@pytest.mark.parametrize("step", [7200.0, -7200.0, 2.0, -2.0])
def test_after_a_step_workers_have_time_to_renew_their_leases(hour: Hour, step: float) -> None:
    hour.clock.advance(step)
    assert not hour.steps.leases_hold()
    hour.pass_by(59)
    assert not hour.steps.leases_hold()
    hour.pass_by(1)
    assert hour.steps.leases_hold()


def test_a_second_step_begins_the_wait_anew(hour: Hour) -> None:
    hour.clock.advance(100)
    assert not hour.steps.leases_hold()
    hour.pass_by(50)
    hour.clock.advance(-100)
    assert not hour.steps.leases_hold()
    hour.pass_by(59)
    assert not hour.steps.leases_hold()
    hour.pass_by(1)
    assert hour.steps.leases_hold()
