import pytest

from application.reading.depth_dose import depth_dose_maximum, distal_point

DEPTHS = [0.0, 1.0, 2.0, 3.0, 4.0]


def test_the_maximum_is_where_the_dose_is_highest() -> None:
    assert depth_dose_maximum(DEPTHS, [1, 2, 10, 5, 0]) == 2.0


def test_the_distal_point_is_interpolated_behind_the_maximum() -> None:
    assert distal_point(DEPTHS, [8, 2, 10, 5, 0]) == pytest.approx(2.4)
    assert distal_point(DEPTHS, [8, 2, 10, 5, 0], 0.5) == pytest.approx(3.0)


def test_a_curve_that_does_not_fall_has_none() -> None:
    assert distal_point(DEPTHS, [1, 2, 3, 4, 5]) is None


@pytest.mark.parametrize("doses", [[], [1.0]])
def test_curves_need_as_many_doses_as_depths(doses: list[float]) -> None:
    with pytest.raises(ValueError, match="depths"):
        depth_dose_maximum(DEPTHS, doses)
