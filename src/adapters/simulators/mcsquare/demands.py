"""What detectors ask of the scoring grid along each axis, and how well an axis meets it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.scoring import Region
from adapters.simulators.mcsquare.surfaces import span, surface_of
from adapters.simulators.project.model import Project

ON_FACE = 1e-5
"""Part of a voxel by which a bin's edge may miss a face and still count as on it."""

PLANES = 400
"""Edges looked at to tell whether equal bins end on faces: errors grow from one to the next."""

NOT_MET = math.inf


@dataclass(frozen=True, slots=True)
class ZoneShape:
    """Along one axis: flat faces of a zone's figures, its extent, and whether it also curves."""

    planes: Sequence[float]
    low: float
    high: float
    curved: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """What one detector asks for along one axis; lengths in cm.

    `planes` should be faces of voxels, `width` is that of its bins, `fine` one at which voxels
    lose nothing even if no face fits (0: there is none). The grid holds everything from `low` to
    `high`. Without a width any voxels do.
    """

    name: str
    low: float
    high: float
    planes: Floats
    width: float = math.inf
    fine: float = 0.0

    def cost(self, axis: Axis) -> float:
        """Return how far an axis is from what is asked: 0 exact, NOT_MET for unresolved bins."""
        if not math.isfinite(self.width):
            return 0.0
        if self.fine:
            ratio = axis.spacing / self.fine
            lost = 0.0 if ratio <= 1 + ON_FACE else ratio
            if axis.spacing > self.width * (1 + ON_FACE):
                return NOT_MET
            return lost if self._aligned(axis) else max(lost, 0.1)
        if self._aligned(axis):
            return 0.0
        ratio = axis.spacing / self.width
        return 1 + 4 * ratio if ratio <= 1 + ON_FACE else NOT_MET

    def _aligned(self, axis: Axis) -> bool:
        steps = (self.planes - axis.start) / axis.spacing
        return bool(np.all(np.abs(steps - np.round(steps)) < ON_FACE))


def demands(
    regions: Sequence[Region], image: Grid, zones: Mapping[int, Sequence[ZoneShape]]
) -> list[list[Demand]]:
    """Return what each region asks for, for x, y and z; `zones` are the shapes of those scored."""
    return [
        [_demand(region, number, axis, zones.get(region.zone, ())) for region in regions]
        for number, axis in enumerate(image.axes)
    ]


def _demand(region: Region, number: int, image: Axis, zone: Sequence[ZoneShape]) -> Demand:
    if region.kind == "Mesh":
        return _bins(region.name, region.edges[number], image)
    if region.kind == "Cyl":
        return (
            _bins(region.name, region.edges[1], image)
            if number == 2
            else _rings(region, number, image)
        )
    if region.kind == "Zone" and zone:
        return _zone(region.name, zone[number], image)
    return Demand(region.name, image.start, image.end, np.zeros(0))


def _bins(name: str, edges: tuple[float, float, int], image: Axis) -> Demand:
    low, high, count = edges
    planes = np.linspace(low, high, count + 1)
    if count > PLANES:
        planes = planes[:: count // PLANES]
        planes = np.concatenate([planes, np.linspace(low, high, count + 1)[-2:]])
    return Demand(name, *_around(low, high, image), planes, (high - low) / count)


def _rings(region: Region, number: int, image: Axis) -> Demand:
    """Areas of rings in voxels are exact; what is lost is where in a voxel the energy was."""
    inner, outer, count = region.edges[0]
    centre, width = region.centre[number], (outer - inner) / count
    low, high = _around(centre - outer, centre + outer, image)
    return Demand(region.name, low, high, np.array([centre]), width / 2, width / 6)


def _around(low: float, high: float, image: Axis) -> tuple[float, float]:
    """Return what all voxels of the image that something touches reach over.

    Matter is spread over the whole of a voxel of which it fills a part.
    """
    found = span(image, low, high)
    return image.start + found.start * image.spacing, image.start + found.stop * image.spacing


def _zone(name: str, zone: ZoneShape, image: Axis) -> Demand:
    extent = zone.high - zone.low
    ends = _around(zone.low, zone.high, image)
    planes = np.array([plane for plane in zone.planes if image.start <= plane <= image.end])
    if not zone.curved:
        gaps = np.diff(np.unique(planes))
        return Demand(name, *ends, planes, float(gaps.min()) if gaps.size else extent)
    fine = min(image.spacing, extent / 8)
    return Demand(name, *ends, planes, 4 * fine, fine)


def zone_shapes(project: Project, image: Grid, zone: int) -> list[ZoneShape]:
    """Return the shape of a zone along x, y and z, as far as it lies on the image."""
    groups = project.zone_manager.zones[zone].union_operations
    figures = project.figures()
    surfaces = [
        surface_of(figures[step.object_uuid].geometry_data) for group in groups for step in group
    ]
    # What is subtracted or intersected makes faces, but no zone reaches beyond what it adds.
    added = [
        surface_of(figures[step.object_uuid].geometry_data)
        for group in groups
        for step in group
        if step.mode == "union"
    ]
    return [
        ZoneShape(
            sorted({plane for surface in surfaces for plane in surface.planes(number)}),
            max(axis.start, min((float(item.low[number]) for item in added), default=axis.start)),
            min(axis.end, max((float(item.high[number]) for item in added), default=axis.end)),
            any(number in surface.curved for surface in surfaces),
        )
        for number, axis in enumerate(image.axes)
    ]
