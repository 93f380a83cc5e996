"""How far a mean of few samples may be off: Student's factors in place of the normal ones."""

import math
from functools import lru_cache

ONE_SIGMA = math.erf(1 / math.sqrt(2))
"""Coverage of one standard deviation of a normal distribution, 68.3 %."""

ALIKE = 10_000
"""Degrees of freedom from which on Student's distribution is taken for that of this many."""


@lru_cache(maxsize=256)
def student_factor(samples: int, coverage: float = ONE_SIGMA) -> float:
    """Return by how much a standard error is to be multiplied to cover the true mean.

    The error must have been estimated from `samples` values themselves: with 2 of them one
    standard error covers 50 %, and it takes 1.84 for 68.3 %, 12.7 for 95 %. ValueError for
    fewer than 2 samples and for a coverage that is not between 0 and 1.
    """
    if samples < 2 or not 0 < coverage < 1:
        raise ValueError(f"{samples} samples can't cover {coverage}")
    degrees = min(samples - 1, ALIKE)
    low, high = 0.0, 1.0
    while _coverage(high, degrees) < coverage:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _coverage(middle, degrees) < coverage else (low, middle)
    return (low + high) / 2


def _coverage(factor: float, degrees: int) -> float:
    """Return P(|T| < factor) for whole degrees of freedom.

    M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = math.atan(factor / math.sqrt(degrees))
    square = math.cos(angle) ** 2
    odd = degrees % 2 == 1
    term = total = 0.0
    if degrees > 1:
        term = total = math.cos(angle) if odd else 1.0
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= square * (k - 1) / k
        total += term
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total
