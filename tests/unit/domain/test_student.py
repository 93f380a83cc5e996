import math

import pytest

from domain.student import student_factor


@pytest.mark.parametrize(
    ("samples", "coverage", "factor"),
    [
        (2, 0.95, 12.706), (3, 0.95, 4.303), (4, 0.95, 3.182), (5, 0.95, 2.776), (11, 0.95, 2.228),
        (31, 0.95, 2.042), (121, 0.95, 1.980), (2, 0.99, 63.657), (6, 0.99, 4.032),
        (10_000_000, 0.95, 1.960),
    ],
)  # fmt: skip
def test_factors_are_those_of_the_tables(samples: int, coverage: float, factor: float) -> None:
    assert student_factor(samples, coverage) == pytest.approx(factor, abs=6e-4)


def test_one_sigma_of_two_samples_covers_half() -> None:
    """Student's distribution with one degree of freedom is Cauchy's, whose quartiles are ±1."""
    assert student_factor(2, 0.5) == pytest.approx(1)
    assert student_factor(2) == pytest.approx(math.tan(math.pi / 2 * math.erf(0.5**0.5)))


@pytest.mark.parametrize(("samples", "coverage"), [(1, 0.9), (5, 0.0), (5, 1.0)])
def test_what_can_not_be_covered_is_refused(samples: int, coverage: float) -> None:
    with pytest.raises(ValueError, match="cover"):
        student_factor(samples, coverage)
