"""What a depth-dose curve says, with its uncertainty, walked along the beam."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from application.reading.depth_dose import distal_point

DISTAL_FRACTION = 0.8
LETTERS = "xyz"


@dataclass(frozen=True, slots=True)
class DepthDoseSummary:
    """Where the maximum and the distal 80 % point lie, in the unit of the positions.

    Uncertainties are one standard error, infinite where errors are not known. `at_edge` is "first"
    or "last" when the highest dose is in that bin along the beam: the curve shows no peak then,
    and there is no distal point.
    """

    maximum: float
    maximum_error: float
    distal: float | None
    distal_error: float
    at_edge: str | None


@dataclass(frozen=True, slots=True)
class Beam:
    """The axis of the lab along which the beam travels (0 to 2), whether to larger values."""

    axis: int
    forward: bool


@dataclass(frozen=True, slots=True)
class DepthDoseCurve:
    """A curve of one output over positions (cm) along an axis of the lab."""

    output: str
    beam: Beam
    positions: Sequence[float]
    doses: Sequence[float]
    errors: Sequence[float] | None

    @property
    def letter(self) -> str:
        """The axis of the lab."""
        return LETTERS[self.beam.axis]

    def summary(self) -> DepthDoseSummary:
        """Return what the curve says."""
        return summarised(self.positions, self.doses, self.errors, self.beam.forward)


def summarised(
    positions: Sequence[float],
    doses: Sequence[float],
    errors: Sequence[float] | None,
    forward: bool,
) -> DepthDoseSummary:
    """Return what a curve says; `forward` tells whether the beam travels to larger positions.

    The maximum is uncertain by half a bin, and by all bins around it that are as high within the
    errors of both. The distal point is uncertain by the errors of the doses that it lies between
    and of the maximum, over the slope there. ValueError for fewer than three bins, or lengths
    that differ.
    """
    if len(positions) < 3 or len(positions) != len(doses):
        raise ValueError(f"{len(positions)} positions for {len(doses)} doses")
    step = 1 if forward else -1
    along, doses = positions[::step], doses[::step]
    sigma = [math.inf] * len(doses) if errors is None else list(errors)[::step]
    highest = max(range(len(doses)), key=doses.__getitem__)
    at_edge = {0: "first", len(doses) - 1: "last"}.get(highest)
    distal = None if at_edge else distal_point(along, doses, DISTAL_FRACTION)
    return DepthDoseSummary(
        along[highest],
        _spread_of_maximum(along, doses, sigma, highest),
        distal,
        _distal_error(along, doses, sigma, highest) if distal is not None else math.inf,
        at_edge,
    )


def _spread_of_maximum(
    along: Sequence[float], doses: Sequence[float], sigma: Sequence[float], highest: int
) -> float:
    if not math.isfinite(sigma[highest]):
        return math.inf
    first = last = highest
    while first > 0 and _as_high(doses, sigma, first - 1, highest):
        first -= 1
    while last < len(doses) - 1 and _as_high(doses, sigma, last + 1, highest):
        last += 1
    half_bin = abs(along[1] - along[0]) / 2
    return half_bin + max(abs(along[index] - along[highest]) for index in (first, last))


def _as_high(doses: Sequence[float], sigma: Sequence[float], index: int, highest: int) -> bool:
    return doses[highest] - doses[index] <= math.hypot(sigma[highest], sigma[index])


def _distal_error(
    along: Sequence[float], doses: Sequence[float], sigma: Sequence[float], highest: int
) -> float:
    level = DISTAL_FRACTION * doses[highest]
    after = next(
        index
        for index in range(highest, len(doses) - 1)
        if doses[index] >= level > doses[index + 1]
    )
    slope = abs((doses[after + 1] - doses[after]) / (along[after + 1] - along[after]))
    share = (doses[after] - level) / (doses[after] - doses[after + 1])
    between = math.hypot((1 - share) * sigma[after], share * sigma[after + 1])
    if after == highest:
        # The same dose sets the level and is fallen from: its errors cancel in part.
        between = math.hypot((1 - share - DISTAL_FRACTION) * sigma[after], share * sigma[after + 1])
        return between / slope
    return math.hypot(between, DISTAL_FRACTION * sigma[highest]) / slope
