"""The one grid that MCsquare scores on, fine enough for all detectors, or refused by name."""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from adapters.simulators.mcsquare.demands import Demand, ZoneShape, demands
from adapters.simulators.mcsquare.grid import UNIT, Axis, Grid
from adapters.simulators.mcsquare.scoring import Region
from domain.errors import Unsupported

MOST_VOXELS = 24_000_000
"""The engine needs 9 bytes for each, 220 MB, and its file 4."""

FEW_VOXELS = 8_000_000
GOOD = 2.0
"""A grid of few voxels does if none of them is wider than a quarter of a bin that it straddles."""

MARGIN = 1
"""Voxels beyond the last bins: the engine writes past its array when a proton stops on a face."""

DIVISORS = (1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20)
COARSER = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0)
LETTERS = "xyz"


class Unresolved(Unsupported):
    """Bins that no affordable grid resolves: those of the detector of this name."""

    def __init__(self, detector: str, message: str) -> None:
        super().__init__("detectorManager.detectors", message)
        self.detector = detector


def finest_bin(regions: Sequence[Region]) -> float:
    """Return the width (cm) of the narrowest bin of all; infinite if there are no bins."""
    widths = [(high - low) / count for item in regions for low, high, count in item.edges]
    return min(widths, default=math.inf)


def scoring_grid(
    regions: Sequence[Region], image: Grid, zones: Mapping[int, Sequence[ZoneShape]]
) -> Grid:
    """Return a grid whose voxels do not straddle bins, if there can be one.

    Among the grids of up to MOST_VOXELS that resolve all bins it is the one that is closest to
    what detectors ask for, then the smallest. Unresolved names the detector with the finest bins
    if there is none.
    """
    asked = demands(regions, image, zones)
    choices = [_choices(along) for along in asked]
    best = _best(choices, FEW_VOXELS)
    if best is None or best[0] > GOOD:
        best = _best(choices, MOST_VOXELS) or best
    if best is None:
        raise _unresolved(asked, choices)
    return best[1]


def _best(choices: Sequence[Sequence[tuple[float, Axis]]], most: int) -> tuple[float, Grid] | None:
    """Return the cost and the grid of the best choice of axes with at most so many voxels."""
    best: tuple[tuple[float, float, int], Grid] | None = None
    for (cost_x, x), (cost_y, y), (cost_z, z) in itertools.product(*choices):
        size = x.count * y.count * z.count
        rank = max(cost_x, cost_y, cost_z), cost_x + cost_y + cost_z, size
        if size <= most and (best is None or rank < best[0]):
            best = rank, Grid(x, y, z)
    return None if best is None else (best[0][0], best[1])


def _choices(asked: Sequence[Demand]) -> list[tuple[float, Axis]]:
    """Return axes that resolve all bins, with their costs; fewer voxels only for a lower cost."""
    low, high = min(item.low for item in asked), max(item.high for item in asked)
    found = []
    for start, spacing in _spacings(asked, high - low):
        begin = start - math.ceil((start - low) / spacing - 1e-9) * spacing
        count = math.ceil((high - begin) / spacing - 1e-9)
        if count > MOST_VOXELS:
            continue
        axis = Axis(begin - MARGIN * spacing, spacing, count + 2 * MARGIN)
        cost = max(item.cost(axis) for item in asked)
        if math.isfinite(cost):
            found.append((cost, axis))
    found.sort(key=lambda item: (item[1].count, item[0]))
    kept: list[tuple[float, Axis]] = []
    for cost, axis in found:
        if not kept or cost < kept[-1][0]:
            kept.append((cost, axis))
    return kept


def _spacings(asked: Sequence[Demand], extent: float) -> Iterator[tuple[float, float]]:
    """Return starts and spacings that may suit: parts of widths, and what all planes share."""
    yield min(item.low for item in asked), extent
    bins = [item for item in asked if math.isfinite(item.width)]
    if not bins:
        return
    narrowest = min(bins, key=lambda item: item.width)
    for divisor in DIVISORS:
        yield (
            float(narrowest.planes[0]) if narrowest.planes.size else narrowest.low,
            (narrowest.width / divisor),
        )
    fine = min((item.fine for item in bins if item.fine), default=0.0)
    planes = np.concatenate([item.planes for item in bins])
    if planes.size:
        start = float(planes.min())
        units = np.unique(np.round((planes - start) / UNIT).astype(np.int64))
        shared = int(np.gcd.reduce(units)) * UNIT
        widest = min((item.width for item in bins if item.fine), default=extent)
        if shared > 0:
            least = math.ceil(shared / widest - 1e-9)
            most = math.ceil(shared / fine - 1e-9) if fine else least
            steps = {least, most, *(2**power for power in range(12) if least < 2**power < most)}
            for step in steps:
                yield start, shared / max(step, 1)
        for factor in COARSER if fine else ():
            yield start, fine * factor


def _unresolved(
    asked: Sequence[Sequence[Demand]], choices: Sequence[Sequence[tuple[float, Axis]]]
) -> Unresolved:
    """Return the refusal, for the axis that takes the most voxels."""
    counts = [min((axis.count for _, axis in found), default=MOST_VOXELS + 1) for found in choices]
    number = counts.index(max(counts))
    finest = min(asked[number], key=lambda item: item.width)
    widest = max(asked[number], key=lambda item: item.high - item.low)
    beside = f" beside {widest.name!r}" if widest.name != finest.name else ""
    return Unresolved(
        finest.name,
        f"detector {finest.name!r}{beside}: MCsquare can't resolve its bins of "
        f"{10 * finest.width:.3g} mm along {LETTERS[number]} on one grid of at most "
        f"{MOST_VOXELS // 1_000_000} million voxels; use wider bins or fewer of them",
    )
