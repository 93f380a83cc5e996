"""Means over tasks and their standard errors, in one pass and level memory."""

import numpy as np

from adapters.simulators.mcsquare.grid import Floats

LEAST_HITS = 2
"""Tasks that must have hit a bin: one hit and none else say nothing of how far off the mean is."""


class RatioOfMeans:
    """Weighted mean of one quantity over that of another, task by task.

    With weights w (the primaries), numerators x and denominators y the value is R = Σwx / Σwy.
    Its standard error over n tasks is

        sqrt(n / (n - 1) · Σ w²(x - R·y)²) / Σwy

    (W. G. Cochran, Sampling Techniques, 3rd ed., eq. 6.13; with y = 1 it is the error of a
    weighted mean, with equal weights s/√n).
    """

    def __init__(self) -> None:
        self._tasks = 0
        self._hits: Floats = np.zeros(1)
        self._wx: Floats = np.zeros(1)
        self._wy: Floats = np.zeros(1)
        self._xx: Floats = np.zeros(1)
        self._xy: Floats = np.zeros(1)
        self._yy: Floats = np.zeros(1)

    def add(self, weight: float, x: Floats, y: Floats) -> None:
        """Take the sums of one more task, shape (bins,) each."""
        self._tasks += 1
        x, y = weight * x, weight * y
        self._hits = self._hits + (x != 0)
        self._wx = self._wx + x
        self._wy = self._wy + y
        self._xx = self._xx + x * x
        self._xy = self._xy + x * y
        self._yy = self._yy + y * y

    def value(self) -> Floats:
        """Return R, 0 where the denominator is."""
        return _divided(self._wx, self._wy)

    def error(self) -> Floats | None:
        """Return the standard error of R; None for a single task, which can't tell.

        It is not a number where fewer than LEAST_HITS tasks had anything but 0.
        """
        if self._tasks < 2:
            return None
        value = self.value()
        squares = self._xx - 2 * value * self._xy + value * value * self._yy
        # Rounding may leave a little below zero where all tasks agree.
        spread = np.sqrt(np.maximum(squares, 0.0) * self._tasks / (self._tasks - 1))
        return np.where(self._hits < LEAST_HITS, np.nan, _divided(spread, np.abs(self._wy)))


def _divided(x: Floats, y: Floats) -> Floats:
    x, y = np.broadcast_arrays(x, y)
    return np.asarray(np.divide(x, y, out=np.zeros(x.shape), where=y != 0), dtype=np.float64)
