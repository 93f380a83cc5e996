"""What is in the voxels of an image: masses, and by what energy is shared out among them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from adapters.simulators.mcsquare.composition import Composition
from adapters.simulators.mcsquare.grid import Floats, Grid
from adapters.simulators.mcsquare.materials import Filling
from adapters.simulators.mcsquare.overlaps import Indices
from adapters.simulators.mcsquare.stopping import relative_power


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of voxels of one plane: the voxel within it, the middle (x, y in cm), the amount.

    Shapes (parts,), (parts, 2), (parts,); amounts are those of the property over the voxel's
    volume.
    """

    voxels: Indices
    middles: Floats
    amounts: Floats


@dataclass(frozen=True)
class Amounts:
    """A property of matter on an image: per voxel, shape (nz, ny, nx), and of parts of voxels.

    `part_voxels` are flat indices that ascend; it and the rest are as in a composition.
    """

    values: Floats
    part_voxels: Indices
    part_middles: Floats
    part_values: Floats

    def parts(self, z: int) -> Parts:
        """Return the parts in one plane."""
        plane = self.values[0].size
        begin, end = np.searchsorted(self.part_voxels, [z * plane, (z + 1) * plane])
        return Parts(
            self.part_voxels[begin:end] - z * plane,
            self.part_middles[begin:end],
            self.part_values[begin:end],
        )


@dataclass(frozen=True)
class Matter:
    """Matter on the voxels of an image.

    `density` is mass over the voxel's volume (g/cm3). `stopping` is what slows protons down: the
    same times the mass stopping power relative to water's. Energy that a voxel of the scoring
    grid got is shared out in its proportion, doses are energies over masses.
    """

    density: Amounts
    stopping: Amounts

    @cached_property
    def planes(self) -> Indices:
        """Return for each z the first plane of the run of equal ones that it belongs to."""
        new = np.ones(self.density.values.shape[0], dtype=bool)
        for z in range(1, new.size):
            new[z] = not all(
                np.array_equal(item.values[z], item.values[z - 1])
                for item in (self.density, self.stopping)
            )
        return np.asarray(np.maximum.accumulate(np.where(new, np.arange(new.size), 0)))


@dataclass(frozen=True, slots=True)
class Scene:
    """An image and its matter; also that of single zones where the shares of zones are known."""

    image: Grid
    matter: Matter
    composition: Composition | None = None
    fillings: Sequence[Filling] = ()

    @classmethod
    def plain(cls, image: Grid, density: Floats) -> "Scene":
        """Return the scene of an image whose densities are all there is to know."""
        alone = Amounts(density, np.zeros(0, dtype=np.intp), np.zeros((0, 2)), np.zeros(0))
        return cls(image, Matter(alone, alone))

    @classmethod
    def composed(
        cls, image: Grid, composition: Composition, fillings: Sequence[Filling]
    ) -> "Scene":
        """Return the scene of a composition; `fillings` are those of zones and of the world."""
        matter = _matter(composition, fillings, range(len(fillings)))
        return cls(image, matter, composition, fillings)

    def of_zone(self, zone: int) -> Matter:
        """Return the matter of one zone alone."""
        if self.composition is None:
            raise ValueError(f"it is not known which voxels zone {zone} has")
        return _matter(self.composition, self.fillings, [zone])


def _matter(composition: Composition, fillings: Sequence[Filling], zones: Iterable[int]) -> Matter:
    density, stopping = (np.zeros(len(fillings) + 1) for _ in range(2))
    for zone in zones:
        filling = fillings[zone]
        if filling.scores:
            # The world, the last of the fillings, is -1 in compositions; -2 is outside.
            place = zone if zone < len(fillings) - 1 else -1
            density[place] = filling.density
            stopping[place] = filling.density * relative_power(filling.number)
    return Matter(_amounts(composition, density), _amounts(composition, stopping))


def _amounts(composition: Composition, values: Floats) -> Amounts:
    own = composition.shares * values[composition.parts]
    there = own > 0
    return Amounts(
        composition.mean(values),
        composition.voxels[there],
        composition.middles[there],
        own[there],
    )
