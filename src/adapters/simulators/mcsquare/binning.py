"""Share what the scoring grid got out to the bins of detectors, by exact overlap on each axis.

Voxels of the scoring grid, voxels of the image and bins cut space into pieces, each within one of
all three. A voxel gives each piece its share of the voxel's stopping matter, so that a detector
that coincides with a phantom loses nothing to voxels that its surface cuts, and bins of a detector
add up to what one bin over all of them would get.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.across import Across, across, on_pieces
from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.matter import Matter, Scene
from adapters.simulators.mcsquare.overlaps import Pieces, pieces, summed
from adapters.simulators.mcsquare.scoring import Region


class Binning:
    """The bins of one detector on a scoring grid; `masses` (g) has the shape (bins,)."""

    def __init__(self, region: Region, grid: Grid, scene: Scene) -> None:
        along = region.edges[-1] if region.edges else None
        self.grid, self._scene = grid, scene
        self._matter = scene.of_zone(region.zone) if region.kind == "Zone" else scene.matter
        self._layers = along[2] if along else 1
        self._along = pieces(scene.image.z, grid.z, along).inside()
        self._across = across(region, grid, scene.image)
        self.masses = self._masses()

    def total(self, values: Floats) -> Floats:
        """Return the sum of a quantity per voxel, shape (voxels,), over each bin."""
        (found,) = totals([self], values, self._scene)
        return found

    def sums(self) -> "Sums":
        """Return sums over the bins that take the scoring grid layer by layer."""
        return Sums(self._along, self._matter, self._across, self._layers)

    def _masses(self) -> Floats:
        found = np.zeros((self._layers, self._across.bins))
        last, mass = -1, np.zeros(self._across.bins)
        along = self._along
        for image, bin_, width in zip(along.image, along.bins, along.width, strict=True):
            plane = int(self._matter.planes[image])
            if plane != last:
                last, mass = plane, self._across.add_up(self._matter.density, plane, None)
            found[bin_] += width * mass
        return found.ravel()


class Sums:
    """Sums over the bins of a detector; layers of the scoring grid come in ascending order."""

    def __init__(self, along: Pieces, matter: Matter, across: Across, layers: int) -> None:
        self._along, self._matter, self._across = along, matter, across
        self._found = np.zeros((layers, across.bins))
        self._next = 0
        self._open: tuple[int, int] | None = None
        self._spread: Floats | None = None

    def take(self, layer: int, spread: Floats) -> None:
        """Take one layer of voxels: what they got over their stopping matter, shape (ny, nx)."""
        along = self._along
        while self._next < along.voxel.size and along.voxel[self._next] <= layer:
            piece = self._next
            self._next += 1
            if along.voxel[piece] < layer:
                continue
            key = int(along.bins[piece]), int(self._matter.planes[along.image[piece]])
            if key != self._open:
                self._close()
                self._open = key
            part = spread * along.width[piece]
            self._spread = part if self._spread is None else self._spread + part

    def result(self) -> Floats:
        """Return the sums, shape (bins,)."""
        self._close()
        return self._found.ravel()

    def _close(self) -> None:
        if self._open is not None and self._spread is not None:
            layer, plane = self._open
            self._found[layer] += self._across.add_up(self._matter.stopping, plane, self._spread)
        self._open = self._spread = None


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
                fine = on_pieces(matter.stopping.values[plane], None, x, y) * x.width
                rows = summed(fine, x.voxel, grid.x.count, 1) * y.width[:, None]
                last, plane_sum = plane, summed(rows, y.voxel, grid.y.count, 0)
            whole += plane_sum * z.width[piece]
        yield layer, whole
