"""Share the voxels of the scoring grid out to the bins of detectors, by mass.

A voxel that lies partly in a bin gives it the share of its mass that lies there: a detector
that coincides with a phantom loses nothing to the voxels that its surface cuts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.scoring import Region

Indices = NDArray[np.intp]

NOWHERE = -1


@dataclass(frozen=True, slots=True)
class Binning:
    """For a detector: pairs of voxel and bin with the share of the voxel's energy and the mass.

    `voxels`, `bins` and `shares` have the shape (pairs,), `masses` (g) has (bins,).
    """

    voxels: Indices
    bins: Indices
    shares: Floats
    masses: Floats

    def total(self, values: Floats) -> Floats:
        """Return the sum of a quantity per voxel, shape (voxels,), over each bin."""
        weighted = values[self.voxels] * self.shares
        return _sums(self.bins, weighted, self.masses.size)


@dataclass(frozen=True, slots=True)
class Scene:
    """What the image says: density (g/cm3) and zone of each of its voxels, shape (nz, ny, nx)."""

    image: Grid
    density: Floats
    zones: NDArray[np.int16] | None


def bin_count(region: Region) -> int:
    """Return the number of bins of a region."""
    return int(np.prod([count for _, _, count in region.edges], dtype=np.int64))


def binning(region: Region, grid: Grid, scene: Scene) -> Binning:
    """Return how the voxels of `grid` are shared out to the bins of `region`."""
    count = bin_count(region)
    samples = Samples.of(grid, scene.image, across=2 if region.kind == "Cyl" else 1)
    layers = [
        _layer(region, samples, scene, z, count)
        for z in range(grid.z.count)
        if _reaches(region, grid.z, z)
    ]
    if not layers:
        nothing = np.zeros(0, dtype=np.intp)
        return Binning(nothing, nothing, np.zeros(0), np.zeros(count))
    pairs, pair_mass, whole = (np.concatenate(parts) for parts in zip(*layers, strict=True))
    shares = np.divide(pair_mass, whole, out=np.zeros_like(pair_mass), where=whole > 0)
    voxels, bins = pairs // count, pairs % count
    masses = _sums(bins, pair_mass, count)
    return Binning(voxels.astype(np.intp), bins.astype(np.intp), shares, masses)


@dataclass(frozen=True, slots=True)
class Samples:
    """Points at which voxels are asked where they lie: at least one for each image voxel."""

    grid: Grid
    x: Axis
    y: Axis
    z: Axis

    @classmethod
    def of(cls, grid: Grid, image: Grid, across: int) -> "Samples":
        """Return the samples of a grid over an image, at least `across` along x and y."""
        fine = []
        for axis, pixel, least in zip(grid.axes, image.axes, (across, across, 1), strict=True):
            count = max(least, int(np.ceil(axis.spacing / pixel.spacing - 1e-6)))
            fine.append(Axis(axis.start, axis.spacing / count, axis.count * count))
        return cls(grid, *fine)

    @property
    def volume(self) -> float:
        """Volume (cm3) that a sample stands for."""
        return self.x.spacing * self.y.spacing * self.z.spacing

    def heights(self, z: int) -> Floats:
        """Return the z of the samples in one layer of voxels."""
        each = self.z.count // self.grid.z.count
        return self.z.centres()[z * each : (z + 1) * each]

    def columns(self) -> NDArray[np.int64]:
        """Return the voxel, within its layer, of each sample of a layer; x runs fastest."""
        x = np.arange(self.x.count) // (self.x.count // self.grid.x.count)
        y = np.arange(self.y.count) // (self.y.count // self.grid.y.count)
        return np.asarray((y[:, None] * self.grid.x.count + x[None, :]).ravel(), dtype=np.int64)


def _reaches(region: Region, axis: Axis, z: int) -> bool:
    if not region.edges:
        return True
    low, high, _ = region.edges[-1]
    start = axis.start + z * axis.spacing
    return bool(start < high and start + axis.spacing > low)


def _layer(
    region: Region, samples: Samples, scene: Scene, z: int, count: int
) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return, for one layer, pairs as voxel·count + bin, the mass of each, and of its voxel."""
    across = samples.grid.x.count * samples.grid.y.count
    columns = samples.columns()
    xs, ys = samples.x.centres(), samples.y.centres()
    voxel_mass = np.zeros(across)
    keys, weights = [], []
    for height in samples.heights(z):
        density, zones = _lookup(scene, xs, ys, height)
        mass = density.ravel() * samples.volume
        voxel_mass += _sums(columns, mass, across)
        bins = _bins(region, xs, ys, height, zones)
        inside = (bins != NOWHERE) & (mass > 0)
        keys.append((z * across + columns[inside]) * count + bins[inside])
        weights.append(mass[inside])
    found, places = np.unique(np.concatenate(keys), return_inverse=True)
    pair_mass = _sums(places, np.concatenate(weights), found.size)
    return found, pair_mass, voxel_mass[found // count - z * across]


def _sums(groups: NDArray[np.int64] | Indices, values: Floats, count: int) -> Floats:
    """Return the sum of the values of each group, shape (count,)."""
    return np.asarray(np.bincount(groups, values, minlength=count), dtype=np.float64)


def _lookup(
    scene: Scene, xs: Floats, ys: Floats, z: float
) -> tuple[Floats, NDArray[np.int16] | None]:
    """Return density and zone at points of a layer, shape (ys, xs); nothing beyond the image."""
    image = scene.image
    ix, iy = _index(image.x, xs), _index(image.y, ys)
    (iz,) = _index(image.z, np.array([z]))
    outside = (ix[None, :] < 0) | (iy[:, None] < 0) | (iz < 0)
    plane = scene.density[iz][np.ix_(iy, ix)]
    zones = None if scene.zones is None else scene.zones[iz][np.ix_(iy, ix)]
    return np.where(outside, 0.0, plane), zones


def _index(axis: Axis, values: Floats) -> Indices:
    """Return the voxel of each value, -1 beyond the axis."""
    found = np.floor((values - axis.start) / axis.spacing + 1e-9).astype(np.intp)
    return np.where((found < 0) | (found >= axis.count), -1, found)


def _bins(
    region: Region, xs: Floats, ys: Floats, z: float, zones: NDArray[np.int16] | None
) -> NDArray[np.int64]:
    """Return the bin of each sample of a layer, flattened, NOWHERE outside the region."""
    shape = (ys.size, xs.size)
    if region.kind == "All":
        return np.zeros(shape[0] * shape[1], dtype=np.int64)
    if region.kind == "Zone":
        assert zones is not None
        return np.where(zones == region.zone, 0, NOWHERE).astype(np.int64).ravel()
    height = _bin(region.edges[-1], np.array([z]))[0]
    if region.kind == "Cyl":
        x, y = region.centre
        radius = np.hypot(xs[None, :] - x, ys[:, None] - y)
        across, columns = _bin(region.edges[0], radius), region.edges[0][2]
    else:
        bx, by = _bin(region.edges[0], xs), _bin(region.edges[1], ys)
        across = bx[None, :] + by[:, None] * region.edges[0][2]
        across = np.where((bx[None, :] < 0) | (by[:, None] < 0), NOWHERE, across)
        columns = region.edges[0][2] * region.edges[1][2]
    inside = (across != NOWHERE) & (height != NOWHERE)
    return np.where(inside, across + height * columns, NOWHERE).astype(np.int64).ravel()


def _bin(edges: tuple[float, float, int], values: Floats) -> NDArray[np.int64]:
    low, high, count = edges
    found = np.floor((values - low) / (high - low) * count + 1e-9).astype(np.int64)
    return np.where((found < 0) | (found >= count), NOWHERE, found)
