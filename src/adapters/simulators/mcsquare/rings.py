"""Exact areas that rectangles have in common with the rings of a cylinder."""

from dataclasses import dataclass

import numpy as np

from adapters.simulators.mcsquare.grid import Floats
from adapters.simulators.mcsquare.overlaps import Edges, Indices


@dataclass(frozen=True, slots=True)
class RingAreas:
    """Pairs of rectangle and ring with the area (cm2) they share; shape (pairs,) each."""

    rectangles: Indices
    rings: Indices
    areas: Floats


def ring_areas(low: Floats, high: Floats, rings: Edges) -> RingAreas:
    """Return the areas of rings around the origin in rectangles.

    `low` and `high` are corners, shape (2, rectangles).
    """
    inner, outer, count = rings
    nearest = np.hypot(*np.maximum(0.0, np.maximum(low, -high)))
    farthest = np.hypot(*np.maximum(np.abs(low), np.abs(high)))
    width = (outer - inner) / count
    first = np.clip(np.floor((nearest - inner) / width).astype(np.intp), 0, count)
    last = np.clip(np.ceil((farthest - inner) / width).astype(np.intp), 0, count)
    each = np.maximum(last - first, 0)
    rectangles = np.repeat(np.arange(each.size), each)
    numbers = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each) + first[rectangles]
    corners = low[:, rectangles], high[:, rectangles]
    areas = disc_area(*corners, inner + width * (numbers + 1)) - disc_area(
        *corners, inner + width * numbers
    )
    kept = areas > 0
    return RingAreas(rectangles[kept], numbers[kept].astype(np.intp), areas[kept])


def disc_area(low: Floats, high: Floats, radius: Floats) -> Floats:
    """Return the areas that rectangles share with discs around the origin; radii of 0 share none.

    The area of [0, x] x [0, y] with the disc, odd in x and in y, is summed over the corners.
    """
    return np.asarray(
        _corner(high[0], high[1], radius)
        - _corner(low[0], high[1], radius)
        - _corner(high[0], low[1], radius)
        + _corner(low[0], low[1], radius)
    )


def _corner(x: Floats, y: Floats, radius: Floats) -> Floats:
    sign = np.sign(x) * np.sign(y)
    x, y = np.minimum(np.abs(x), radius), np.minimum(np.abs(y), radius)
    # Below the arc: the rectangle up to where the arc drops under y, then the integral of the arc.
    turn = np.minimum(x, np.sqrt(np.maximum(0.0, radius * radius - y * y)))
    return np.asarray(sign * (turn * y + _under_arc(x, radius) - _under_arc(turn, radius)))


def _under_arc(x: Floats, radius: Floats) -> Floats:
    """Return the integral of √(r² - t²) over t from 0 to x, for 0 ≤ x ≤ r."""
    part = np.divide(x, radius, out=np.zeros_like(x), where=radius > 0)
    height = np.sqrt(np.maximum(0.0, radius * radius - x * x))
    return np.asarray((x * height + radius * radius * np.arcsin(np.minimum(part, 1.0))) / 2)
