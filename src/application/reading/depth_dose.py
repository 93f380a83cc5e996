"""Where a depth-dose curve has its maximum and where it falls off."""

from collections.abc import Sequence


def depth_dose_maximum(depths: Sequence[float], doses: Sequence[float]) -> float:
    """Return the depth of the highest dose, in the unit of `depths`.

    ValueError for curves without points or of two lengths.
    """
    return depths[_highest(depths, doses)]


def distal_point(
    depths: Sequence[float], doses: Sequence[float], fraction: float = 0.8
) -> float | None:
    """Return where the dose falls to `fraction` of its maximum behind it.

    Interpolates linearly between the last point above and the first below; None when the curve
    ends before it has fallen so far.
    """
    highest = _highest(depths, doses)
    level = fraction * doses[highest]
    for before in range(highest, len(doses) - 1):
        here, there = doses[before], doses[before + 1]
        if here >= level > there:
            step = depths[before + 1] - depths[before]
            return depths[before] + step * (here - level) / (here - there)
    return None


def _highest(depths: Sequence[float], doses: Sequence[float]) -> int:
    if not doses or len(depths) != len(doses):
        raise ValueError(f"{len(depths)} depths for {len(doses)} doses")
    return max(range(len(doses)), key=doses.__getitem__)
