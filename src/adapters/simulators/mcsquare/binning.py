"""Share what the scoring grid got out to the bins of detectors, by exact overlap on each axis.

Voxels of the scoring grid, voxels of the image and bins cut space into pieces, each within one of
all three. A voxel gives each piece its share of the voxel's stopping matter, so that a detector
that coincides with a phantom loses nothing to voxels that its surface cuts, and bins of a detector
add up to what one bin over all of them would get.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.matter import Matter, Scene
from adapters.simulators.mcsquare.overlaps import Indices, Pieces, pieces, summed
from adapters.simulators.mcsquare.rings import ring_areas
from adapters.simulators.mcsquare.scoring import Region


class Across(Protocol):
    """How a plane is shared out to the bins of one layer of a detector."""

    def add_up(self, plane: Floats, spread: Floats | None) -> Floats:
        """Return the integral of plane times spread over each bin, shape (bins of a layer,).

        `plane` is on the image's voxels, shape (ny, nx), `spread` on the scoring grid's (None: 1).
        """
        ...


class Binning:
    """The bins of one detector on a scoring grid; `masses` (g) has the shape (bins,)."""

    def __init__(self, region: Region, grid: Grid, scene: Scene) -> None:
        along = region.edges[-1] if region.edges else None
        self.matter = scene.of_zone(region.zone) if region.kind == "Zone" else scene.matter
        self.grid, self._scene = grid, scene
        self._layers = along[2] if along else 1
        self._along = pieces(scene.image.z, grid.z, along).inside()
        self._planes = self.matter.planes
        self._across: Across = (
            _Rings(region, grid, scene.image)
            if region.kind == "Cyl"
            else _Rectangles(region, grid, scene.image)
        )
        self.masses = self._masses()

    def total(self, values: Floats) -> Floats:
        """Return the sum of a quantity per voxel, shape (voxels,), over each bin."""
        (found,) = totals([self], values, self._scene)
        return found

    def sums(self) -> "Sums":
        """Return sums over the bins that take the scoring grid layer by layer."""
        return Sums(self._along, self._planes, self._across, self.matter.stopping, self._layers)

    def _masses(self) -> Floats:
        found: list[Floats] = []
        sums: dict[int, Floats] = {}
        for image, bin_, width in zip(
            self._along.image, self._along.bins, self._along.width, strict=True
        ):
            plane = int(self._planes[image])
            if plane not in sums:
                sums = {plane: self._across.add_up(self.matter.density[plane], None)}
            if not found:
                found = [np.zeros(sums[plane].size) for _ in range(self._layers)]
            found[bin_] += width * sums[plane]
        if not found:
            empty = self._across.add_up(np.zeros(self.matter.density.shape[1:]), None)
            return np.zeros(empty.size * self._layers)
        return np.concatenate(found)


class Sums:
    """Sums over the bins of a detector; layers of the scoring grid come in ascending order."""

    def __init__(
        self, along: Pieces, planes: Indices, across: Across, stopping: Floats, layers: int
    ) -> None:
        self._along, self._planes, self._across = along, planes, across
        self._stopping, self._layers = stopping, layers
        self._next = 0
        self._open: tuple[int, int] | None = None
        self._spread: Floats | None = None
        self._found: dict[int, Floats] = {}

    def take(self, layer: int, spread: Floats) -> None:
        """Take one layer of voxels: what they got over their stopping matter, shape (ny, nx)."""
        along = self._along
        while self._next < along.voxel.size and along.voxel[self._next] <= layer:
            piece = self._next
            self._next += 1
            if along.voxel[piece] < layer:
                continue
            key = int(along.bins[piece]), int(self._planes[along.image[piece]])
            if key != self._open:
                self._close()
                self._open = key
            part = spread * along.width[piece]
            self._spread = part if self._spread is None else self._spread + part

    def result(self) -> Floats:
        """Return the sums, shape (bins,)."""
        self._close()
        size = self._across.add_up(np.zeros(self._stopping.shape[1:]), None).size
        return np.concatenate(
            [self._found.get(layer, np.zeros(size)) for layer in range(self._layers)]
        )

    def _close(self) -> None:
        if self._open is not None and self._spread is not None:
            layer, plane = self._open
            more = self._across.add_up(self._stopping[plane], self._spread)
            self._found[layer] = self._found[layer] + more if layer in self._found else more
        self._open = self._spread = None


class _Rectangles:
    """Bins with edges along x and y; regions without edges have one bin."""

    def __init__(self, region: Region, grid: Grid, image: Grid) -> None:
        edges = region.edges[:2] if region.edges else [None, None]
        self._x = pieces(image.x, grid.x, edges[0]).inside()
        self._y = pieces(image.y, grid.y, edges[1]).inside()
        self._shape = [edge[2] if edge else 1 for edge in edges]

    def add_up(self, plane: Floats, spread: Floats | None) -> Floats:
        found = _on_pieces(plane, spread, self._x, self._y)
        rows = summed(found * self._x.width, self._x.bins, self._shape[0], 1)
        return summed(rows * self._y.width[:, None], self._y.bins, self._shape[1], 0).ravel()


class _Rings:
    """Rings around the axis of a cylinder."""

    def __init__(self, region: Region, grid: Grid, image: Grid) -> None:
        self._x, self._y = pieces(image.x, grid.x), pieces(image.y, grid.y)
        shape = (self._y.low.size, self._x.low.size)
        low = [
            np.broadcast_to(self._x.low - region.centre[0], shape),
            np.broadcast_to((self._y.low - region.centre[1])[:, None], shape),
        ]
        widths = [
            np.broadcast_to(self._x.width, shape),
            np.broadcast_to(self._y.width[:, None], shape),
        ]
        corner = np.stack([values.ravel() for values in low])
        other = corner + np.stack([values.ravel() for values in widths])
        self._shared = ring_areas(corner, other, region.edges[0])
        self._count = region.edges[0][2]

    def add_up(self, plane: Floats, spread: Floats | None) -> Floats:
        found = _on_pieces(plane, spread, self._x, self._y).ravel()
        weighted = found[self._shared.rectangles] * self._shared.areas
        return np.asarray(
            np.bincount(self._shared.rings, weighted, minlength=self._count), dtype=np.float64
        )


def binning(region: Region, grid: Grid, scene: Scene) -> Binning:
    """Return how the voxels of `grid` are shared out to the bins of `region`."""
    return Binning(region, grid, scene)


def totals(
    binnings: Sequence[Binning], values: Floats | NDArray[np.float32], scene: Scene
) -> list[Floats]:
    """Return the sums of a quantity per voxel of the scoring grid over the bins of detectors.

    `values` has the shape (voxels,) and is gone through once, layer by layer.
    """
    if not binnings:
        return []
    grid = binnings[0].grid
    found = [item.sums() for item in binnings]
    layers = values.reshape(grid.shape)
    for layer, stopping in _layers(grid, scene.image, scene.matter):
        got = np.asarray(layers[layer], dtype=np.float64)
        if got.any():
            spread = np.divide(got, stopping, out=np.zeros_like(got), where=stopping > 0)
            for item in found:
                item.take(layer, spread)
    return [item.result() for item in found]


def _layers(grid: Grid, image: Grid, matter: Matter) -> Iterator[tuple[int, Floats]]:
    """Return each layer of the scoring grid with the stopping matter of its voxels."""
    x, y, z = (pieces(a, b) for a, b in zip(image.axes, grid.axes, strict=True))
    planes = matter.planes
    last, plane_sum = -1, np.zeros((grid.y.count, grid.x.count))
    for layer in range(grid.z.count):
        whole = np.zeros_like(plane_sum)
        begin, end = np.searchsorted(z.voxel, [layer, layer + 1])
        for piece in range(int(begin), int(end)):
            plane = int(planes[z.image[piece]])
            if plane != last:
                fine = _on_pieces(matter.stopping[plane], None, x, y) * x.width
                rows = summed(fine, x.voxel, grid.x.count, 1) * y.width[:, None]
                last, plane_sum = plane, summed(rows, y.voxel, grid.y.count, 0)
            whole += plane_sum * z.width[piece]
        yield layer, whole


def _on_pieces(plane: Floats, spread: Floats | None, x: Pieces, y: Pieces) -> Floats:
    """Return a plane of the image, times one of the scoring grid, on pieces, shape (y, x)."""
    found = plane.take(y.image, 0).take(x.image, 1)
    return found if spread is None else found * spread.take(y.voxel, 0).take(x.voxel, 1)
