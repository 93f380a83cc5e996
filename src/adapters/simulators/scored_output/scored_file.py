"""What one output file of one task holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pymchelper.input_output import AggregationType

from domain.estimator import Axis

Values = NDArray[np.float64]
"""Scored values, flat, the first axis running fastest."""

MEAN = AggregationType.AveragingCumulative
"""The rule for what is normalised per primary: a mean weighted by primaries."""


@dataclass(frozen=True, slots=True)
class ScoredPage:
    """One quantity of a file; `told` is what the file says of it (filter, title, geometry).

    `errors` are standard errors within the task, for simulators that know them.
    """

    quantity: str
    unit: str
    values: Values
    axes: Sequence[Axis]
    rule: AggregationType
    told: Mapping[str, str] = field(default_factory=dict)
    errors: Values | None = None


@dataclass(frozen=True, slots=True)
class ScoredFile:
    """The pages of a file in their order and the primaries it says were simulated (0: unsaid)."""

    pages: Sequence[ScoredPage]
    primaries: int
    metadata: Mapping[str, str] = field(default_factory=dict)
