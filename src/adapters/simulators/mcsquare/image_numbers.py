"""The numbers of the image: one stands for a material and its density, as Hounsfield units do.

A voxel with several zones gets one material, the one that slows protons down most in it, at the
density with which that material slows them down as all parts together do. With vacuum that is the
density of the part times its share, and masses are exact.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.composition import Composition, added_up
from adapters.simulators.mcsquare.grid import Floats
from adapters.simulators.mcsquare.materials import EMPTY, Filling
from adapters.simulators.mcsquare.overlaps import Indices
from adapters.simulators.mcsquare.stopping import relative_power

APART, ALONG = 1000, 900
"""Distance of the numbers of two materials, and how far the densities of one reach."""

Rows = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Image:
    """Numbers of voxels, shape (nz, ny, nx), and the tables that give them density and material."""

    numbers: NDArray[np.float32]
    densities: Rows
    materials: Rows


def numbered(composition: Composition, fillings: list[Filling]) -> Image:
    """Return the image of a composition; `fillings` are those of the zones and of the world."""
    # Indices as in compositions: the world is last, and -2 (outside) is empty.
    by_zone = [*fillings[:-1], EMPTY, fillings[-1]]
    materials = sorted({filling.number for filling in by_zone if filling.scores})
    voxels, material, density = _mixtures(composition, by_zone, materials)
    scale = {
        number: max(
            *(item.density for item in by_zone if item.scores and item.number == number),
            float(density[material == place].max(initial=0.0)),
        )
        for place, number in enumerate(materials)
    }
    start = {number: APART * (place + 0.5) for place, number in enumerate(materials)}
    table = np.array(
        [
            start[item.number] + ALONG * item.density / scale[item.number] if item.scores else 0.0
            for item in by_zone
        ],
        dtype=np.float32,
    )
    numbers = table[composition.zones]
    starts, scales = (np.array([part[number] for number in materials]) for part in (start, scale))
    numbers.reshape(-1)[voxels] = np.where(
        density > 0, starts[material] + ALONG * density / scales[material], 0.0
    )
    return Image(
        numbers,
        _density_rows(by_zone, materials, start, scale),
        [(0.0, EMPTY.number), *((start[number], number) for number in materials)],
    )


def _density_rows(
    by_zone: list[Filling], materials: list[int], start: dict[int, float], scale: dict[int, float]
) -> Rows:
    rows: Rows = [(0.0, EMPTY.density)]
    for number in materials:
        own = {item.density for item in by_zone if item.scores and item.number == number}
        steps = sorted({0.0, *own, scale[number]})
        rows += [(start[number] + ALONG * step / scale[number], step) for step in steps]
    return rows


def _mixtures(
    composition: Composition, by_zone: list[Filling], materials: list[int]
) -> tuple[Indices, Indices, Floats]:
    """Return the voxels of several zones, the place of their material, and its density there."""
    voxels, first = composition.mixed()
    powers = np.array([relative_power(number) for number in materials])
    stopping = np.zeros((len(materials), voxels.size))
    for place, number in enumerate(materials):
        own = np.array(
            [
                item.density * powers[place] if item.scores and item.number == number else 0.0
                for item in by_zone
            ]
        )
        stopping[place] = added_up(composition.shares * own[composition.parts], first)
    material = np.argmax(stopping, axis=0)
    return voxels, material.astype(np.intp), stopping.sum(axis=0) / powers[material]
