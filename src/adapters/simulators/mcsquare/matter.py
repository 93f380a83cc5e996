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


@dataclass(frozen=True)
class Matter:
    """Matter on the voxels of an image, shape (nz, ny, nx) each.

    `density` is mass over the voxel's volume (g/cm3). `stopping` is what slows protons down: the
    same times the mass stopping power relative to water's. Energy that a voxel of the scoring
    grid got is shared out in its proportion, doses are energies over masses.
    """

    density: Floats
    stopping: Floats

    @cached_property
    def planes(self) -> Indices:
        """Return for each z the first plane of the run of equal ones that it belongs to."""
        new = np.ones(self.density.shape[0], dtype=bool)
        for z in range(1, new.size):
            new[z] = not (
                np.array_equal(self.density[z], self.density[z - 1])
                and np.array_equal(self.stopping[z], self.stopping[z - 1])
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
        return cls(image, Matter(density, density))

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
    return Matter(composition.mean(density), composition.mean(stopping))
