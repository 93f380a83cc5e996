"""Find which zones share a voxel, and in what parts.

Flat faces along the axes of the lab cut voxels exactly, however thin a part is. Voxels that a
curved or slanted surface may cut are sampled on a regular lattice between those cuts. All others
belong to one zone, that of their centre. Layers between which nothing changes are looked at once.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from adapters.simulators.mcsquare.composition import Composition, Layers, Numbers
from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.lattice import Flags, Lattice, cut_voxel, kinds_of_voxels
from adapters.simulators.mcsquare.overlaps import Indices
from adapters.simulators.mcsquare.surfaces import Surface, cut_by_curve, span, surface_of
from adapters.simulators.project.model import Project
from adapters.simulators.project.scene import OUTSIDE, zone_numbers
from adapters.simulators.project.world import world_solid

AT_ONCE = 1_000_000
"""Points looked at together."""

WHOLE = 1e-9
"""A share that lacks less than this is the whole voxel."""


def used_surfaces(project: Project) -> list[Surface]:
    """Return the surfaces of the world and of all figures that zones are made of."""
    zones = project.zone_manager.zones
    used = {step.object_uuid for zone in zones for group in zone.union_operations for step in group}
    figures = [item for item in project.figure_manager.figures if item.uuid in used]
    solids = [world_solid(project), *(item.geometry_data for item in figures)]
    return [surface_of(solid) for solid in solids]


def compose(project: Project, grid: Grid, finer: bool = False) -> Layers:
    """Return the composition of each voxel; `finer` takes other and more samples, to compare."""
    surfaces = used_surfaces(project)
    first, layer_of = _layers(surfaces, grid)
    cut = _cuts(surfaces, grid, grid.z.centres()[first], first)
    zones = _at_centres(project, grid, first)
    voxels, parts = [np.zeros(0, dtype=np.intp)], [np.zeros(0, dtype=np.int16)]
    shares, middles = [np.zeros(0)], [np.zeros((0, 2))]
    hits: Counter[int] = Counter()
    for places, kind in kinds_of_voxels(surfaces, grid, cut, first, finer):
        for some in _portions(places.size, kind.samples):
            lattice = kind.lattice(grid.axes, some)
            for zone, (share, middle, hit) in _sampled(project, lattice).items():
                hits[zone] += hit
                there = share > 0
                voxels.append(places[some][there])
                parts.append(np.full(voxels[-1].size, zone, dtype=np.int16))
                shares.append(share[there])
                middles.append(middle[there])
    found = Composition(
        zones,
        np.concatenate(voxels),
        np.concatenate(parts),
        np.concatenate(shares),
        np.concatenate(middles),
    )
    return Layers(_without_whole(found), layer_of, hits)


def _layers(surfaces: Sequence[Surface], grid: Grid) -> tuple[Indices, Indices]:
    """Return layers that differ from each other, and for each layer which of them it is like."""
    present = np.zeros((grid.z.count, len(surfaces)), dtype=bool)
    alone = np.zeros(grid.z.count, dtype=bool)
    for index, surface in enumerate(surfaces):
        where = span(grid.z, surface.low[2], surface.high[2])
        present[where, index] = True
        if surface.flat[2]:
            for plane in surface.planes(2):
                alone[cut_voxel(grid.z, plane)] = True
        else:
            alone[where] = True
    kinds: dict[object, int] = {}
    numbers = [
        kinds.setdefault(layer if alone[layer] else present[layer].tobytes(), len(kinds))
        for layer in range(grid.z.count)
    ]
    layer_of = np.array(numbers, dtype=np.intp)
    return np.unique(layer_of, return_index=True)[1].astype(np.intp), layer_of


def _cuts(
    surfaces: Sequence[Surface], grid: Grid, heights: Floats, first: Indices
) -> tuple[Flags, Flags]:
    """Return which voxels are cut by anything, and along which axes curves vary there.

    Shapes (nz, ny, nx) and (3, nz, ny, nx), for the layers at `heights`.
    """
    shape = (heights.size, grid.y.count, grid.x.count)
    cut, curved = np.zeros(shape, dtype=bool), np.zeros((3, *shape), dtype=bool)
    for surface in surfaces:
        tall = span(grid.z, surface.low[2], surface.high[2])
        layers = slice(*np.searchsorted(np.sort(first), [tall.start, tall.stop]).tolist())
        wide = [span(grid.axes[axis], surface.low[axis], surface.high[axis]) for axis in (1, 0)]
        where = (layers, wide[0], wide[1])
        for axis in range(3):
            for plane in surface.planes(axis):
                at = cut_voxel(grid.axes[axis], plane)
                if axis == 2:
                    at = slice(*np.searchsorted(first, [at.start, at.stop]).tolist())
                part = list(where)
                part[2 - axis] = at
                cut[tuple(part)] = True
        if surface.curved:
            touched = cut_by_curve(surface, grid, heights[layers], where)
            cut[where] |= touched
            for axis in surface.curved:
                curved[(axis, *where)] |= touched
    return cut, curved


def _at_centres(project: Project, grid: Grid, first: Indices) -> Numbers:
    """Return the zone of each voxel's centre in some layers, shape (layers, ny, nx)."""
    x, y = (values.ravel() for values in np.meshgrid(grid.x.centres(), grid.y.centres()))
    zones = np.full((first.size, grid.y.count, grid.x.count), OUTSIDE, dtype=np.int16)
    depth = max(1, AT_ONCE // x.size)
    for begin in range(0, first.size, depth):
        slab = grid.z.centres()[first[begin : begin + depth]]
        points = np.stack([np.tile(x, slab.size), np.tile(y, slab.size), np.repeat(slab, x.size)])
        zones[begin : begin + depth] = zone_numbers(project, points).reshape(
            slab.size, grid.y.count, grid.x.count
        )
    return zones


def _sampled(project: Project, lattice: Lattice) -> dict[int, tuple[Floats, Floats, int]]:
    """Return by zone its share of each voxel, shape (voxels,), its middle (x, y), and its hits."""
    points = np.ascontiguousarray(lattice.points.transpose(1, 0, 2)).reshape(3, -1)
    zones = zone_numbers(project, points).reshape(lattice.weights.shape)
    found = {}
    for zone in np.unique(zones):
        weights = np.where(zones == zone, lattice.weights, 0.0)
        share = weights.sum(axis=1)
        moments = np.einsum("vps,vs->vp", lattice.points[:, :2], weights)
        middle = np.divide(moments, share[:, None], out=moments, where=share[:, None] > 0)
        found[int(zone)] = share, middle, int(np.count_nonzero(weights))
    return found


def _without_whole(found: Composition) -> Composition:
    """Return a composition whose mixtures come in order, less those of a single zone."""
    mixed = found.shares < 1 - WHOLE
    found.zones.reshape(-1)[found.voxels[~mixed]] = found.parts[~mixed]
    order = np.flatnonzero(mixed)[np.argsort(found.voxels[mixed], kind="stable")]
    return Composition(
        found.zones,
        found.voxels[order],
        found.parts[order],
        found.shares[order],
        found.middles[order],
    )


def _portions(count: int, samples: int) -> Iterator[slice]:
    step = max(1, AT_ONCE // samples)
    return (slice(begin, begin + step) for begin in range(0, count, step))
