"""Sharing of what the engine scored among bins, on made-up scenes and energies."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulators.mcsquare.binning import binning, totals
from adapters.simulators.mcsquare.composition import Composition
from adapters.simulators.mcsquare.grid import Axis, Floats, Grid
from adapters.simulators.mcsquare.materials import Filling
from adapters.simulators.mcsquare.matter import Scene
from adapters.simulators.mcsquare.rings import disc_area, ring_areas
from adapters.simulators.mcsquare.scoring import Region
from adapters.simulators.mcsquare.scoring_grid import MOST_VOXELS, Unresolved, scoring_grid

places = st.floats(-3, 3).map(lambda value: round(value, 3))
widths = st.floats(0.2, 4).map(lambda value: round(value, 3))
counts = st.integers(1, 7)
edges = st.tuples(places, widths, counts).map(lambda e: (e[0], e[0] + e[1], e[2]))
meshes = st.lists(edges, min_size=3, max_size=3).map(lambda e: Region("Mesh", "mesh", edges=e))
rings = st.builds(
    lambda x, y, inner, width, count, along: Region(
        "Cyl", "rings", (x, y), [(inner, inner + width, count), along]
    ),
    places, places, st.sampled_from([0.0, 0.5]), widths, counts, edges,
)  # fmt: skip
axes = st.builds(
    lambda start, spacing, count: Axis(start, spacing, count),
    st.floats(-4, -2).map(lambda v: round(v, 3)),
    st.sampled_from([0.31, 0.5, 0.77]),
    st.integers(8, 14),
)
grids = st.builds(Grid, axes, axes, axes)
seeds = st.integers(0, 2**32 - 1)


def scene(image: Grid, seed: int) -> Scene:
    """Return random matter, a third of it none, a fifth of its voxels shared with emptiness."""
    source = np.random.default_rng(seed)
    zones = source.integers(-1, 2, image.shape).astype(np.int16)
    voxels = np.flatnonzero(source.random(image.size) < 0.2)
    x, y = (axis.faces()[:-1] for axis in (image.x, image.y))
    _, iy, ix = np.unravel_index(voxels, image.shape)
    corners = np.stack([x[ix], y[iy]], axis=1)
    share = source.random(voxels.size)
    middles = corners + source.random((voxels.size, 2)) * [image.x.spacing, image.y.spacing]
    composition = Composition(
        zones,
        np.repeat(voxels, 2),
        np.tile(np.array([0, -1], dtype=np.int16), voxels.size),
        np.stack([share, 1 - share], axis=1).ravel(),
        np.repeat(middles, 2, axis=0),
    )
    fillings = [Filling(17, 1.0), Filling(12, 11.35), Filling(13, 1e-6, scores=False)]
    return Scene.composed(image, composition, fillings)


def energies(grid: Grid, seed: int) -> Floats:
    return np.random.default_rng(seed + 1).random(grid.size)


def uncut(region: Region) -> Region:
    merged = [(low, high, 1) for low, high, _ in region.edges]
    return Region(region.kind, region.name, region.centre, merged)


@settings(max_examples=60, deadline=None)
@given(region=st.one_of(meshes, rings), grid=grids, image=grids, seed=seeds)
def test_bins_add_up_to_their_union(region: Region, grid: Grid, image: Grid, seed: int) -> None:
    matter, energy = scene(image, seed), energies(grid, seed)
    cut, whole = binning(region, grid, matter), binning(uncut(region), grid, matter)
    assert cut.total(energy).sum() == pytest.approx(whole.total(energy)[0], rel=1e-9, abs=1e-12)
    assert cut.masses.sum() == pytest.approx(whole.masses[0], rel=1e-9, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(region=meshes, share=st.floats(0.1, 0.9), axis=st.integers(0, 2), grid=grids, seed=seeds)
def test_neighbours_add_up_to_one_detector(
    region: Region, share: float, axis: int, grid: Grid, seed: int
) -> None:
    matter, energy = scene(grid, seed), energies(grid, seed)
    low, high, _ = region.edges[axis]
    between = low + share * (high - low)
    parts = []
    for ends in ((low, between, 2), (between, high, 3)):
        own = list(uncut(region).edges)
        own[axis] = ends
        parts.append(Region("Mesh", "part", edges=own))
    first, second = (binning(part, grid, matter).total(energy).sum() for part in parts)
    whole = binning(uncut(region), grid, matter).total(energy)[0]
    assert first + second == pytest.approx(whole, rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(regions=st.lists(st.one_of(meshes, rings), min_size=1, max_size=4), grid=grids, seed=seeds)
def test_detectors_know_nothing_of_each_other(regions: list[Region], grid: Grid, seed: int) -> None:
    matter, energy = scene(grid, seed), energies(grid, seed)
    made = [binning(region, grid, matter) for region in regions]
    for alone, together in zip(made, totals(made, energy, matter), strict=True):
        assert alone.total(energy).tolist() == together.tolist()


@settings(max_examples=40, deadline=None)
@given(grid=grids, image=grids, seed=seeds)
def test_zones_share_all_that_matter_got(grid: Grid, image: Grid, seed: int) -> None:
    """Energy of voxels without matter is nobody's; all other is the zones' between them."""
    matter, energy = scene(image, seed), energies(grid, seed)
    everything = binning(Region("All", "all"), grid, matter)
    zones = [binning(Region("Zone", "zone", zone=zone), grid, matter) for zone in (0, 1)]
    found = [item.total(energy)[0] for item in zones]
    assert sum(found) == pytest.approx(everything.total(energy)[0], rel=1e-9)
    assert sum(item.masses[0] for item in zones) == pytest.approx(everything.masses[0], rel=1e-9)
    assert everything.total(energy)[0] <= energy.sum() * (1 + 1e-12)


def mirrored(axis: Axis) -> Axis:
    return Axis(-axis.end, axis.spacing, axis.count)


@settings(max_examples=40, deadline=None)
@given(region=st.one_of(meshes, rings), grid=grids, seed=seeds, which=st.integers(0, 2))
def test_a_mirrored_scene_gives_mirrored_bins(
    region: Region, grid: Grid, seed: int, which: int
) -> None:
    density = np.random.default_rng(seed).random(grid.shape)
    energy = energies(grid, seed)
    here = binning(region, grid, Scene.plain(grid, density)).total(energy)
    turn = [list(grid.axes)[i] if i != which else mirrored(grid.axes[i]) for i in range(3)]
    other = Grid(*turn)
    flipped = np.flip(density, 2 - which), np.flip(energy.reshape(grid.shape), 2 - which)
    centre, bounds = list(region.centre), list(region.edges)
    number = which if region.kind == "Mesh" else 1
    if region.kind == "Mesh" or which == 2:
        low, high, count = bounds[number]
        bounds[number] = (-high, -low, count)
    if which < 2:
        centre[which] = -centre[which]
    away = Region(region.kind, region.name, (centre[0], centre[1]), bounds)
    there = binning(away, other, Scene.plain(other, flipped[0].copy())).total(flipped[1].ravel())
    shape = [count for _, _, count in reversed(region.edges)]
    expected = here.reshape(shape)
    if region.kind == "Mesh" or which == 2:
        expected = np.flip(expected, len(shape) - 1 - number)
    assert there == pytest.approx(expected.ravel(), rel=1e-6, abs=1e-6)


def test_a_bin_gets_its_part_of_a_voxel_by_length_and_by_matter() -> None:
    """One voxel of 4 cm over lead and water: bins of 1 cm get 1/4 of what each material gets."""
    image = Grid(Axis(0.0, 1.0, 1), Axis(0.0, 1.0, 1), Axis(0.0, 2.0, 2))
    zones = np.array([0, 1], dtype=np.int16).reshape(image.shape)
    empty = np.zeros(0)
    composition = Composition(
        zones, empty.astype(np.intp), empty.astype(np.int16), empty, np.zeros((0, 2))
    )
    fillings = [Filling(17, 1.0), Filling(12, 11.35), Filling(13, 1e-6, scores=False)]
    matter = Scene.composed(image, composition, fillings)
    grid = Grid(image.x, image.y, Axis(0.0, 4.0, 1))
    region = Region("Mesh", "m", edges=[(0.0, 1.0, 1), (0.0, 1.0, 1), (0.0, 4.0, 4)])
    shared = binning(region, grid, matter)
    # PSTAR at 100 MeV: lead 3.552, water 7.289 MeV cm2/g.
    lead = 11.35 * 3.552 / 7.289
    expected = np.array([1, 1, lead, lead]) / (2 + 2 * lead)
    assert shared.total(np.array([1.0])) == pytest.approx(expected, rel=1e-3)
    assert shared.masses.tolist() == pytest.approx([1, 1, 11.35, 11.35])


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0.3, 2), st.integers(3, 40))
def test_tiles_share_a_disc_between_them(x: float, y: float, radius: float, count: int) -> None:
    steps = np.linspace(-6, 6, count)
    low_x, low_y = (item.ravel() for item in np.meshgrid(steps[:-1] - x, steps[:-1] - y))
    low = np.stack([low_x, low_y])
    areas = disc_area(low, low + steps[1] - steps[0], np.full(low_x.size, radius))
    # Where a circle touches a line, an arc sine near 1 knows but half of the digits.
    assert areas.sum() == pytest.approx(np.pi * radius**2, rel=1e-7)
    assert areas.min() > -1e-7
    inner = radius / 2
    found = ring_areas(low, low + steps[1] - steps[0], (inner, radius, 3))
    sums = np.bincount(found.rings, found.areas, minlength=3)
    rims = np.linspace(inner, radius, 4)
    assert sums == pytest.approx(np.pi * np.diff(rims**2), rel=1e-7)


def test_a_quarter_of_a_disc_is_a_quarter() -> None:
    low, high = np.zeros((2, 1)), np.full((2, 1), 5.0)
    assert disc_area(low, high, np.array([2.0])) == pytest.approx(np.pi)
    # A segment: the part of a unit disc beyond x = 1/2 is π/3 - √3/4.
    low = np.array([[0.5], [-9.0]])
    assert disc_area(low, -low + 9.5, np.ones(1)) == pytest.approx(np.pi / 3 - 3**0.5 / 4)


IMAGE = Grid(Axis(-6.0, 0.1, 120), Axis(-6.0, 0.1, 120), Axis(-6.0, 0.1, 120))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(meshes, rings), min_size=1, max_size=4))
def test_every_bin_is_resolved_on_one_grid_of_bounded_size(regions: list[Region]) -> None:
    grid = scoring_grid(regions, IMAGE, {})
    assert grid.size <= MOST_VOXELS
    for region in regions:
        ends = region.edges if region.kind == "Mesh" else [None, None, region.edges[1]]
        for axis, own in zip(grid.axes, ends, strict=True):
            if own is not None:
                low, high, count = own
                assert axis.spacing <= (high - low) / count * (1 + 1e-6)
                assert axis.start <= max(low, -6) - axis.spacing / 2
                assert axis.end >= min(high, 6) + axis.spacing / 2


def test_bins_that_fit_each_other_are_met_exactly() -> None:
    fine = Region("Mesh", "fine", edges=[(-5.0, 5.0, 1), (-5.0, 5.0, 1), (-5.0, 5.0, 600)])
    coarse = Region("Mesh", "coarse", edges=[(-2.0, 2.0, 7), (-1.0, 1.0, 1), (-5.0, 5.0, 300)])
    grid = scoring_grid([fine, coarse, Region("All", "all")], IMAGE, {})
    for region in (fine, coarse):
        for axis, (low, high, count) in zip(grid.axes, region.edges, strict=True):
            steps = (np.linspace(low, high, count + 1) - axis.start) / axis.spacing
            assert np.abs(steps - np.round(steps)).max() < 1e-4


def test_bins_that_no_grid_resolves_are_refused_by_name() -> None:
    narrow: Any = (-0.01, 0.01, 20)
    fine = Region("Mesh", "needle", edges=[narrow, narrow, narrow])
    with pytest.raises(Unresolved, match="'needle' beside 'all': MCsquare can't resolve its bins"):
        scoring_grid([Region("All", "all"), fine], IMAGE, {})
