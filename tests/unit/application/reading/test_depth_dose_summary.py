import math

import pytest

from application.reading.depth_dose_summary import summarised

POSITIONS = [0.0, 1.0, 2.0, 3.0, 4.0]
DOSES = [8.0, 2.0, 10.0, 5.0, 0.0]


def test_a_beam_is_followed_the_way_it_goes() -> None:
    there = summarised(POSITIONS, DOSES, None, forward=True)
    assert (there.maximum, there.distal) == (2.0, pytest.approx(2.4))
    mirrored = [-value for value in reversed(POSITIONS)]
    back = summarised(mirrored, DOSES[::-1], None, forward=False)
    assert (back.maximum, back.distal) == (-2.0, pytest.approx(-2.4))


def test_distal_is_behind_the_maximum_as_the_beam_sees_it() -> None:
    """Backwards the dose falls from 10 to 2 over one bin: 80 % after a quarter of it."""
    back = summarised(POSITIONS, DOSES, None, forward=False)
    assert back.distal == pytest.approx(1.75)


@pytest.mark.parametrize(("doses", "edge"), [([9, 5, 4, 3, 1], "first"), ([1, 2, 3, 4, 5], "last")])
def test_a_maximum_at_an_edge_is_no_peak(doses: list[float], edge: str) -> None:
    found = summarised(POSITIONS, doses, None, forward=True)
    assert (found.at_edge, found.distal) == (edge, None)
    assert summarised(POSITIONS, doses[::-1], None, forward=False).at_edge == edge


def test_errors_of_doses_make_that_of_the_distal_point() -> None:
    """9 ± 0.2 falls to 7 ± 0.2 over 1 cm, the level is 8 ± 0.8·0.1 halfway: slope 2 per cm."""
    doses, errors = [5.0, 10.0, 9.0, 7.0, 1.0], [0.1, 0.1, 0.2, 0.2, 0.1]
    found = summarised(POSITIONS, doses, errors, forward=True)
    assert found.distal == pytest.approx(2.5)
    between = math.hypot(0.5 * 0.2, 0.5 * 0.2)
    assert found.distal_error == pytest.approx(math.hypot(between, 0.08) / 2)


def test_the_maximum_may_be_in_any_bin_as_high_within_errors() -> None:
    doses = [5.0, 9.9, 10.0, 7.0, 1.0]
    assert summarised(POSITIONS, doses, [0.1] * 5, True).maximum_error == pytest.approx(1.5)
    assert summarised(POSITIONS, doses, [0.05] * 5, True).maximum_error == pytest.approx(0.5)


def test_without_errors_nothing_is_said_of_them() -> None:
    found = summarised(POSITIONS, DOSES, None, forward=True)
    assert math.isinf(found.maximum_error)
    assert math.isinf(found.distal_error)


def test_too_few_bins_are_no_curve() -> None:
    with pytest.raises(ValueError, match="positions"):
        summarised([1.0, 2.0], [1.0, 2.0], None, forward=True)
