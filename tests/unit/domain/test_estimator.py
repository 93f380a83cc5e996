import pytest

from domain.estimator import Axis, Page

AXIS = Axis("Position (Z)", "cm", [0.5, 1.5])


def test_dimensions_are_counted_from_the_axes() -> None:
    assert Page(0, "Dose", "DOSE", "MeV/g", [1.0]).dimensions == 0
    assert Page(0, "Dose", "DOSE", "MeV/g", [1.0] * 4, [AXIS, AXIS]).dimensions == 2


@pytest.mark.parametrize("count", [1, 3])
def test_values_must_fit_the_axes(count: int) -> None:
    with pytest.raises(ValueError, match="2 bins"):
        Page(0, "Dose", "DOSE", "MeV/g", [1.0] * count, [AXIS])


def test_errors_must_fit_the_axes() -> None:
    with pytest.raises(ValueError, match="errors"):
        Page(0, "Dose", "DOSE", "MeV/g", [1.0, 2.0], [AXIS], errors=[0.1])
