import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.primaries import MOST_PRIMARIES, MOST_TASKS, share_primaries


def test_ten_thousand_over_fifteen() -> None:
    assert share_primaries(10_000, 15) == [667] * 10 + [666] * 5


def test_199_over_100_tasks_simulates_199() -> None:
    assert sum(share_primaries(199, 100)) == 199


@given(st.integers(1, MOST_PRIMARIES), st.integers(1, 2000))
def test_nothing_is_lost_and_no_task_is_idle(primaries: int, ntasks: int) -> None:
    shares = share_primaries(primaries, ntasks)
    assert sum(shares) == primaries
    assert len(shares) == min(ntasks, primaries)
    assert min(shares) >= 1
    assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize(
    ("primaries", "ntasks", "field"),
    [
        (0, 1, "numberOfParticles"),
        (-5, 1, "numberOfParticles"),
        (MOST_PRIMARIES + 1, 1, "numberOfParticles"),
        (100, 0, "ntasks"),
        (100, -1, "ntasks"),
        (10**7, 10**6, "ntasks"),
        (10, MOST_TASKS + 1, "ntasks"),
    ],
)
def test_senseless_numbers_are_refused_by_name(primaries: int, ntasks: int, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        share_primaries(primaries, ntasks)
    assert refused.value.field == field
