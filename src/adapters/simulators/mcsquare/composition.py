"""Which zones fill the voxels of an image, and by what shares where there are several."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.overlaps import Indices

Numbers = NDArray[np.int16]
"""Indices of zones; -1 is the world, -2 what is outside of it."""


@dataclass(frozen=True, slots=True)
class Composition:
    """The zone of each voxel, shape (nz, ny, nx), and the parts of voxels with several.

    `voxels` (flat indices, ascending), `parts` (zones) and `shares` (of the voxel's volume, from
    0 to 1, adding up to 1 in a voxel) have the shape (parts,), `middles` (x and y of the centre of
    gravity of each, cm) has (parts, 2). In such a voxel `zones` holds any of its zones.
    """

    zones: Numbers
    voxels: Indices
    parts: Numbers
    shares: Floats
    middles: Floats

    def mean(self, values: Floats) -> Floats:
        """Return the mean of a property of zones in each voxel, shape (nz, ny, nx).

        `values` is indexed by zone; its last items are those of outside and of the world.
        """
        found = np.asarray(values[self.zones], dtype=np.float64)
        voxels, first = self.mixed()
        found.reshape(-1)[voxels] = added_up(self.shares * values[self.parts], first)
        return found

    def mixed(self) -> tuple[Indices, Indices]:
        """Return the voxels of several zones, and where the parts of each begin."""
        first = np.flatnonzero(np.diff(self.voxels, prepend=-1))
        return self.voxels[first], first


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of an image that differ, and for each of its layers which of them it is like.

    `hits` are the samples that fell into each zone, in voxels that were sampled.
    """

    different: Composition
    layer_of: Indices
    hits: Mapping[int, int] = field(default_factory=dict)

    def volumes(self, zones: int) -> Floats:
        """Return the volume of each zone in voxels, shape (zones,)."""
        plane = int(np.prod(self.different.zones.shape[1:]))
        alike = np.bincount(self.layer_of).astype(np.float64)
        own = self.different.zones.reshape(alike.size, plane)
        volumes = sum(
            (
                count * np.bincount(row + 2, minlength=zones + 2)
                for count, row in zip(alike, own, strict=True)
            ),
            np.zeros(zones + 2),
        )
        voxels, _ = self.different.mixed()
        for sign, numbers, weights in (
            (-1, own.ravel()[voxels], alike[voxels // plane]),
            (
                1,
                self.different.parts,
                self.different.shares * alike[self.different.voxels // plane],
            ),
        ):
            volumes += sign * np.bincount(numbers + 2, weights, minlength=zones + 2)
        return np.asarray(volumes[2:], dtype=np.float64)

    def shared(self, zone: int) -> float:
        """Return the volume in voxels that a zone has in voxels with other zones."""
        own = self.different.parts == zone
        plane = int(np.prod(self.different.zones.shape[1:]))
        alike = np.bincount(self.layer_of)[self.different.voxels[own] // plane]
        return float((self.different.shares[own] * alike).sum())

    def expanded(self) -> Composition:
        """Return the composition of the whole image."""
        one, plane = self.different, int(np.prod(self.different.zones.shape[1:]))
        begin = np.searchsorted(one.voxels, plane * np.arange(one.zones.shape[0] + 1))
        pieces = [slice(int(begin[layer]), int(begin[layer + 1])) for layer in self.layer_of]
        moved = [
            one.voxels[piece] + plane * (z - int(layer))
            for z, (piece, layer) in enumerate(zip(pieces, self.layer_of, strict=True))
        ]
        return Composition(
            one.zones[self.layer_of],
            np.concatenate(moved),
            np.concatenate([one.parts[piece] for piece in pieces]),
            np.concatenate([one.shares[piece] for piece in pieces]),
            np.concatenate([one.middles[piece] for piece in pieces]),
        )

    def file(self) -> bytes:
        """Return the layers as a file."""
        packed, one = io.BytesIO(), self.different
        np.savez_compressed(
            packed,
            zones=one.zones,
            voxels=one.voxels.astype(np.int64),
            parts=one.parts,
            shares=one.shares,
            middles=one.middles,
            layer_of=self.layer_of.astype(np.int32),
        )
        return packed.getvalue()


def added_up(values: Floats, first: Indices) -> Floats:
    """Return sums of runs of values, given where each run begins."""
    return np.add.reduceat(values, first) if first.size else np.zeros(0)


def read_composition(file: bytes, grid: Grid) -> Composition:
    """Return the composition from a file of layers; ValueError unless it is one of the grid."""
    with np.load(io.BytesIO(file), allow_pickle=False) as found:
        one = Composition(
            found["zones"],
            found["voxels"].astype(np.intp),
            found["parts"],
            found["shares"],
            found["middles"],
        )
        layer_of = found["layer_of"].astype(np.intp)
    shape = (layer_of.size, *one.zones.shape[1:])
    if shape != grid.shape:
        raise ValueError(f"a composition of {shape} voxels for an image of {grid.shape}")
    return Layers(one, layer_of).expanded()
