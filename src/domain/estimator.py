"""What a simulation scored: estimators made of pages, pages made of values over axes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod


@dataclass(frozen=True, slots=True)
class Axis:
    """The bin centres of one dimension of a page, in `unit`."""

    name: str
    unit: str
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class Page:
    """One quantity scored on 0 to 3 axes.

    `values` is flat with the first axis running fastest: ix + nx * (iy + ny * iz). `errors` is
    the standard error of each value, in the same unit and order; None where it isn't known
    (a single task). Both are in `unit`; quantities are normalised per primary.
    """

    number: int
    name: str
    quantity: str
    unit: str
    values: Sequence[float]
    axes: Sequence[Axis] = ()
    errors: Sequence[float] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a page whose numbers do not fit its axes."""
        expected = prod(len(axis.values) for axis in self.axes)
        if len(self.axes) > 3 or len(self.values) != expected:
            raise ValueError(f"page {self.name}: {len(self.values)} values for {expected} bins")
        if self.errors is not None and len(self.errors) != expected:
            raise ValueError(f"page {self.name}: {len(self.errors)} errors for {expected} bins")

    @property
    def dimensions(self) -> int:
        """Number of axes, 0 to 3."""
        return len(self.axes)


@dataclass(frozen=True, slots=True)
class Estimator:
    """One output of a project: pages scored by one detector, in the order asked for."""

    name: str
    pages: Sequence[Page]
    metadata: Mapping[str, str] = field(default_factory=dict)
