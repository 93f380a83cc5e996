"""Volumes of zones, by which some simulators leave it to us to divide.

Lines along z are laid through a zone. Where each line enters and leaves figures is known exactly,
and between two such places it lies in one zone: only the places of the lines are a sample. They
are spread evenly (M. Roberts, R2 sequence), so that the error falls about as their number grows.
What the sample gets wrong of whole figures, whose volumes are known, tells most of what it gets
wrong of the zone (control variates): a figure, a shell or several figures apart come out exact.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.project.geometry import Points, Solid, rotation_matrix
from adapters.simulators.project.model import Project, Zone
from adapters.simulators.project.scene import zone_numbers
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput

LINES = 1 << 15
AT_ONCE = 1 << 12
STEPS = (0.7548776662466927, 0.5698402909980532)
"""Powers of 1/g with g^3 = g + 1."""

Places = NDArray[np.float64]
"""Coordinates along lines in cm, shape (n,) or (places, n); not a number where there is none."""


def zone_volume(project: Project, index: int) -> float:
    """Return the volume of a zone in cm3 without what earlier zones or the world take of it.

    Exact where whole figures add up to it or are taken from it, else good to about a
    ten-thousandth. InvalidInput names a zone in which nothing is.
    """
    low, high = _bounds(project, project.zone_manager.zones[index])
    known = [solid for solid in _solids(project) if _within(solid, low, high)]
    bundles = (_lines(low, high, first) for first in range(0, LINES, AT_ONCE))
    parts = [_lengths(project, index, known, lines) for lines in bundles]
    zone = np.concatenate([part[0] for part in parts])
    if not zone.any():
        raise InvalidInput(f"zoneManager.zones[{index}]", "is empty; nothing can be scored in it")
    figures = np.concatenate([part[1] for part in parts], axis=1)
    area = float(np.prod((high - low)[:2]))
    exact = np.array([solid_volume(solid) for solid in known]) / area
    return area * _mended(zone, figures, exact)


def _mended(zone: Places, figures: Places, exact: Places) -> float:
    """Return the mean of `zone` (n,), given those of figures (m, n) and what they are exactly."""
    means = figures.mean(axis=1)
    steps = figures - means[:, None]
    # What is the same on all lines, but for rounding, has nothing to tell.
    telling = steps.std(axis=1) > 1e-9 * means
    shares, *_ = np.linalg.lstsq(steps[telling].T, zone - zone.mean(), rcond=1e-9)
    return float(zone.mean() + shares @ (exact - means)[telling])


def solid_volume(solid: Solid) -> float:
    """Return the volume of a figure in cm3."""
    size = solid.parameters
    if solid.geometry_type == "BoxGeometry":
        return size["width"] * size["height"] * size["depth"]
    if solid.geometry_type == "SphereGeometry":
        return 4 / 3 * math.pi * size["radius"] ** 3
    return math.pi * (size["radius"] ** 2 - solid.hole_radius**2) * size["depth"]


def _bounds(project: Project, zone: Zone) -> tuple[Points, Points]:
    """Return the lowest and highest corner (cm) of a box around what of a zone is in the world."""
    figures = project.figures()
    corners = [
        figures[step.object_uuid].geometry_data.bounds()
        for group in zone.union_operations
        for step in group
        if step.mode == "union"
    ]
    lowest, highest = world_solid(project).bounds()
    low = np.maximum(np.min([corner[0] for corner in corners], axis=0), lowest)
    high = np.minimum(np.max([corner[1] for corner in corners], axis=0), highest)
    return low, np.maximum(low, high)


def _lines(low: Points, high: Points, first: int) -> Points:
    """Return where lines cross the plane z = 0, shape (2, n)."""
    numbers = np.arange(first, first + AT_ONCE)
    shares = (0.5 + np.outer(STEPS, numbers)) % 1.0
    return np.asarray(low[:2, None] + shares * (high - low)[:2, None], dtype=np.float64)


def _solids(project: Project) -> list[Solid]:
    return [figure.geometry_data for figure in project.figure_manager.figures]


def _within(solid: Solid, low: Points, high: Points) -> bool:
    """Say whether all of a figure is where the lines are."""
    lowest, highest = solid.bounds()
    slack = 1e-9 * (high - low)
    return bool(np.all(lowest >= low - slack) and np.all(highest <= high + slack))


def _lengths(
    project: Project, index: int, known: Sequence[Solid], lines: Points
) -> tuple[Places, Places]:
    """Return the lengths (cm) of lines in a zone, shape (n,), and in m figures, shape (m, n)."""
    solids = [*_solids(project), world_solid(project)]
    places = np.concatenate([crossings(solid, lines) for solid in solids])
    places = np.sort(places, axis=0)  # Places that are none come last.
    lengths, middles = np.diff(places, axis=0), (places[1:] + places[:-1]) / 2
    real = np.isfinite(lengths) & (lengths > 0)
    points = np.vstack([lines[:, np.nonzero(real)[1]], middles[real]])
    lengths[~real] = 0.0
    lengths[real] *= zone_numbers(project, points) == index
    figures = [_length(crossings(solid, lines)) for solid in known]
    return lengths.sum(axis=0), np.array(figures).reshape(len(known), lines.shape[1])


def _length(places: Places) -> Places:
    """Return the length between the first two places of lines, less that between two of a hole."""
    through = np.nan_to_num(places[1::2] - places[::2])
    return np.asarray(through[0] - through[1:].sum(axis=0))


def crossings(solid: Solid, lines: Points) -> Places:
    """Return where lines along z cross the surfaces of a solid, its hole's too: (places, n)."""
    turned = rotation_matrix(solid.rotation).T
    start = turned @ (np.vstack([lines, np.zeros(lines.shape[1])]) - _column(solid.position))
    along = turned[:, 2]
    half = solid.half_sizes()
    if solid.geometry_type == "BoxGeometry":
        return _common([_slab(start[axis], along[axis], half[axis]) for axis in range(3)])
    if solid.geometry_type == "SphereGeometry":
        return _round(start, along, half[0])
    ends = _slab(start[2], along[2], half[2])
    outer = _common([_round(start[:2], along[:2], solid.parameters["radius"]), ends])
    if not solid.hole_radius:
        return outer
    hole = _common([_round(start[:2], along[:2], solid.hole_radius), ends])
    return np.concatenate([outer, hole])


def _column(values: Sequence[float]) -> Points:
    return np.asarray(values, dtype=np.float64)[:, None]


def _slab(start: Places, along: float, half: float) -> Places:
    """Return where lines enter and leave the space between two planes; shape (2, n)."""
    if abs(along) < 1e-12:
        inside = np.abs(start) <= half
        return np.where(inside, np.array([[-np.inf], [np.inf]]), np.nan)
    ends = np.stack([(-half - start) / along, (half - start) / along])
    return np.sort(ends, axis=0)


def _round(start: Points, along: Points, radius: float) -> Places:
    """Return where lines enter and leave a sphere, or a cylinder without ends; shape (2, n)."""
    a, b = float(along @ along), along @ start
    c = (start * start).sum(axis=0) - radius**2
    if a < 1e-24:
        return np.where(c <= 0, np.array([[-np.inf], [np.inf]]), np.nan)
    root = np.sqrt(np.where(b * b >= a * c, b * b - a * c, np.nan))
    return np.stack([(-b - root) / a, (-b + root) / a])


def _common(spans: Sequence[Places]) -> Places:
    """Return where lines are in all of some spans; shape (2, n)."""
    begin = np.max([span[0] for span in spans], axis=0)
    end = np.min([span[1] for span in spans], axis=0)
    return np.where(begin < end, np.stack([begin, end]), np.nan)
