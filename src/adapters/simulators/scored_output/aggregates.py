"""What becomes of a page over many tasks, one task at a time and in level memory.

The rules are pymchelper's (`pymchelper.averaging`): means are weighted by primaries, counters
summed, phase spaces put together, maps of the geometry kept as they are.
"""

from typing import Protocol

import numpy as np
from pymchelper.input_output import AggregationType

from adapters.simulators.scored_output.scored_file import Values


class Aggregate(Protocol):
    """Takes the values of one task after another."""

    def add(self, values: Values, primaries: int) -> None:
        """Take what a task of `primaries` primaries scored."""
        ...

    def value(self) -> Values:
        """Return the merged values."""
        ...

    def error(self) -> Values | None:
        """Return their standard errors over the tasks; None where these can't tell."""
        ...


class Mean:
    """Means weighted by primaries, one pass.

    With weights w the mean is m = Σwx / Σw, and its standard error over n tasks

        sqrt(Σw(x - m)² / (Σw - Σw²/Σw)) · sqrt(Σw²) / Σw

    which is s/√n for equal weights; Σw(x - m)² is kept up to date as West does it (D. H. D. West,
    Communications of the ACM 22 (1979) 532). These are pymchelper's formulas; its own class can't
    be used: for arrays it changes the old mean in place before it needs it, and its errors come
    out too small. What is not a number in a task has no weight there.
    """

    def __init__(self) -> None:
        self._weight: Values = np.zeros(1)
        self._weight_squared: Values = np.zeros(1)
        self._tasks: Values = np.zeros(1)
        self._mean: Values = np.zeros(1)
        self._spread: Values = np.zeros(1)

    def add(self, values: Values, primaries: int) -> None:
        """Take one task; one without primaries has nothing to say."""
        weight = np.where(np.isfinite(values), float(primaries), 0.0)
        values = np.where(np.isfinite(values), values, 0.0)
        self._tasks = self._tasks + (weight > 0)
        self._weight = self._weight + weight
        self._weight_squared = self._weight_squared + weight * weight
        away = values - self._mean
        self._mean = self._mean + away * _divided(weight, self._weight)
        self._spread = self._spread + weight * away * (values - self._mean)

    def value(self) -> Values:
        """Return the weighted mean; not a number where no task had one."""
        return np.where(self._weight > 0, self._mean, np.nan)

    def error(self) -> Values | None:
        """Return its standard error; not a number where only one task had one."""
        if not (self._tasks > 1).any():
            return None
        squares = _divided(self._weight_squared, self._weight)
        # Rounding may leave a little below zero where all tasks agree.
        variance = np.maximum(_divided(self._spread, self._weight - squares), 0.0)
        error = np.sqrt(variance * self._weight_squared) / np.maximum(self._weight, 1.0)
        return np.where(self._tasks > 1, error, np.nan)


class Sum:
    """Sums; their error follows from the mean over tasks of what was counted per primary."""

    def __init__(self) -> None:
        self._primaries = 0
        self._per_primary = Mean()
        self._sum: Values = np.zeros(1)

    def add(self, values: Values, primaries: int) -> None:
        """Take one task."""
        self._sum = self._sum + values
        self._primaries += primaries
        if primaries > 0:
            self._per_primary.add(values / primaries, primaries)

    def value(self) -> Values:
        """Return the sum."""
        return self._sum

    def error(self) -> Values | None:
        """Return the standard error of the sum, from two tasks on."""
        error = self._per_primary.error()
        return None if error is None else error * self._primaries


class Joined:
    """Phase spaces, one behind the other."""

    def __init__(self) -> None:
        self._parts: list[Values] = []

    def add(self, values: Values, primaries: int) -> None:
        """Take the particles of one task."""
        del primaries
        self._parts.append(values)

    def value(self) -> Values:
        """Return all particles."""
        return np.concatenate(self._parts)

    def error(self) -> Values | None:
        """Return None: particles are no averages."""
        return None


class Kept:
    """Maps of the geometry: the same in every task."""

    def __init__(self) -> None:
        self._values: Values | None = None

    def add(self, values: Values, primaries: int) -> None:
        """Keep the first task's."""
        del primaries
        self._values = values if self._values is None else self._values

    def value(self) -> Values:
        """Return the map."""
        return np.zeros(0) if self._values is None else self._values

    def error(self) -> Values | None:
        """Return None: nothing here is random."""
        return None


def aggregate_for(rule: AggregationType) -> Aggregate:
    """Return a fresh aggregate for pages of this kind."""
    kinds: dict[AggregationType, type[Mean] | type[Sum] | type[Joined] | type[Kept]] = {
        AggregationType.NoAggregation: Kept,
        AggregationType.Sum: Sum,
        AggregationType.Concatenation: Joined,
    }
    return kinds.get(rule, Mean)()


def _divided(x: Values, y: Values) -> Values:
    return np.asarray(np.divide(x, y, out=np.zeros_like(x), where=y > 0), dtype=np.float64)
