"""MCsquare's input, what is refused, and the statistics of merging; no engine runs."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.callbacks.result_json import page_json
from adapters.simulators.mcsquare import config, outcome, reduction, voxels
from adapters.simulators.mcsquare.binning import binning
from adapters.simulators.mcsquare.grid import Axis, Grid, aligned_axis, aligned_grid
from adapters.simulators.mcsquare.matter import Scene
from adapters.simulators.mcsquare.merge import merge
from adapters.simulators.mcsquare.scoring import Region
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.mcsquare.statistics import RatioOfMeans
from application.ports.simulator import TaskOutput
from domain.errors import InvalidInput, SimulationFailed, SimulatorNotInstalled, Unsupported
from tests.unit.adapters.simulators.projects import example, output, set_path, water_box

MCSQUARE = McSquare(Path("/nowhere"))


def convert(project: dict[str, Any], **options: bool) -> Any:
    return MCSQUARE.convert(project, **options)


def test_a_project_becomes_complete_input() -> None:
    files = convert(water_box()).files
    assert set(files) == {
        "CT.mhd", "CT.raw.gz", "density.txt", "material.txt", "plan.txt", "bdl.txt",
        "config.txt", "scoring.json",
    }  # fmt: skip
    task = MCSQUARE.task_files(files, 250, 3)
    assert MCSQUARE.total_primaries(files) == 1000
    assert MCSQUARE.total_primaries(task) == 250
    grid = voxels.read_header(task["CT.mhd"])
    assert len(task["CT.raw"]) == 4 * grid.size


def test_the_image_shows_the_scene() -> None:
    files = MCSQUARE.task_files(convert(water_box()).files, 1, 1)
    grid = reduction.image_grid_of(files)
    density = voxels.densities(files["CT.raw"], files["density.txt"], grid)
    mass = density.sum() * grid.x.spacing * grid.y.spacing * grid.z.spacing
    assert mass == pytest.approx(1000, rel=1e-6)
    x, y, z = (axis.centres() for axis in grid.axes)
    filled = np.argwhere(density > 0)
    assert z[filled[:, 0].min()] > -5 > z[filled[:, 0].min() - 1]
    assert x[filled[:, 2].max()] < 5 < x[filled[:, 2].max() + 1]
    assert y[filled[:, 1].max()] < 5 < y[filled[:, 1].max() + 1]


def test_a_zone_may_override_the_density() -> None:
    project = set_path(
        water_box(), "zoneManager.zones.0.materialPropertiesOverrides", {"density": 1.05}
    )
    assert b" 1.05\n" in convert(project).files["density.txt"]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("beam.particle", {"id": 25, "a": 12, "z": 6, "name": "Carbon"}, "beam.particle"),
        ("beam.sourceType", "file", "beam.sourceType"),
        ("beam.energy", 5000, "beam.energy"),
        ("beam.energyLowCutoff", 70, "beam.energyLowCutoff"),
        ("beam.divergence", {"x": 5, "y": 5, "distanceToFocal": 0}, "beam.divergence"),
        ("physic", {"energyModelStraggling": "no straggling"}, "physic.energyModelStraggling"),
        ("physic", {"multipleScattering": "no scattering"}, "physic.multipleScattering"),
        ("zoneManager.zones.0.materialUuid", "odd", "zoneManager.zones[0]"),
        ("zoneManager.zones.0.materialUuid", "hole", "zoneManager.zones[0]"),
        ("detectorManager.detectors.0.geometryData.rotation", [0, 5, 0], "scoringManager.outputs[0]"),
        ("scoringManager.outputs.0.quantities.1.keyword", "Fluence", "scoringManager.outputs[0].quantities[1]"),
        ("scoringManager.outputs.0.quantities.0.filter", "f", "scoringManager.outputs[0].quantities[0]"),
        ("scoringManager.outputs.0.quantities.0.rescale", 2, "scoringManager.outputs[0].quantities[0]"),
    ],
)  # fmt: skip
def test_what_the_engine_lacks_is_refused_by_name(path: str, value: Any, field: str) -> None:
    with pytest.raises(Unsupported) as refused:
        convert(set_path(water_box(), path, value))
    assert refused.value.field == field
    assert "MCsquare" in refused.value.message


INNER = {
    "uuid": "inner",
    "geometryData": {
        "geometryType": "SphereGeometry",
        "position": [0, 0, 0],
        "parameters": {"radius": 1},
    },
}


@pytest.mark.parametrize("change", [{"type": "Geant4Box"}, {"children": [INNER]}])
def test_scenes_made_for_geant4_are_refused_by_name(change: dict[str, Any]) -> None:
    project = water_box()
    project["figureManager"]["figures"][0].update(change)
    with pytest.raises(Unsupported, match=r"figures\[0\]: figure 'Box' is of a scene for Geant4"):
        convert(project)


def test_the_hidden_sad_of_a_single_spot_changes_nothing() -> None:
    hidden = water_box(sad={"type": "double", "x": 200, "y": 256})
    assert convert(hidden).files == convert(water_box()).files


def test_a_scene_without_matter_is_refused() -> None:
    project = set_path(water_box(), "zoneManager.zones.0.materialUuid", "vacuum")
    with pytest.raises(Unsupported, match=r"zoneManager\.zones"):
        convert(project)


def test_vacuum_needs_no_density() -> None:
    convert(set_path(water_box(), "materialManager.materials.1.density", 0))


def test_differential_scoring_is_refused_by_name() -> None:
    bins = {"diffType": "E", "lowerLimit": 0, "upperLimit": 9, "binsNumber": 3, "isLog": False}
    path = "scoringManager.outputs.0.quantities.0.modifiers"
    with pytest.raises(Unsupported, match='"My Dose" of output "depth"'):
        convert(set_path(water_box(), path, [bins]))


def test_unequal_spots_need_a_direction_along_an_axis() -> None:
    sigma = {"type": "Gaussian", "x": 1, "y": 2}
    for direction in ([0, 0, 1], [0, 0, -1], [1, 0, 0], [0, -1, 0]):
        convert(water_box(sigma=sigma, direction=direction))
    with pytest.raises(Unsupported, match=r"beam\.sigma"):
        convert(water_box(sigma=sigma, direction=[0.3, 0.2, 1]))


def test_a_beam_across_a_black_hole_is_refused() -> None:
    project = set_path(water_box(), "zoneManager.worldZone.materialUuid", "hole")
    convert(project)
    figures = project["figureManager"]["figures"]
    figures.append({**figures[0], "uuid": "second"})
    for figure, z in zip(figures, (-4, 4), strict=True):
        figure["geometryData"] = {**figure["geometryData"], "position": [0, 0, z]}
        figure["geometryData"]["parameters"] = {"width": 2, "height": 2, "depth": 2}
    zones = project["zoneManager"]["zones"]
    zones.append({**zones[0], "uuid": "z2"})
    zones[1]["unionOperations"] = [[{"mode": "union", "objectUuid": "second"}]]
    with pytest.raises(Unsupported, match="black hole"):
        convert(project)


def test_what_is_left_out_on_request_is_listed() -> None:
    with pytest.raises(Unsupported, match="FluenceProtons"):
        convert(example())
    converted = convert(example(), skip_unsupported=True)
    assert len(converted.left_out) == 17
    assert any("dLETProtons" in sentence for sentence in converted.left_out)
    scoring = json.loads(converted.files["scoring.json"])
    assert [item["name"] for item in scoring["outputs"]] == [
        "z_profile", "yz_profile", "entrance", "peak",
    ]  # fmt: skip


def test_nothing_left_to_score_is_refused_even_on_request() -> None:
    project = water_box()
    project["scoringManager"]["outputs"] = [output("o", "mesh", "Fluence")]
    with pytest.raises(Unsupported, match="does not score Fluence"):
        convert(project, skip_unsupported=True)


def test_scenes_that_are_large_get_coarser_voxels() -> None:
    project = water_box()
    for place in ("figureManager.figures.0", "zoneManager.worldZone"):
        sizes = {"width": 300, "height": 300, "depth": 300}
        set_path(project, f"{place}.geometryData.parameters", sizes)
    set_path(project, "beam.position", [0, 0, -160])
    grid = voxels.read_header(convert(project).files["CT.mhd"])
    assert grid.size <= voxels.MOST_VOXELS


@pytest.mark.parametrize(
    ("text", "primaries"),
    [
        ("Num_Primaries 100", 100),
        ("num_primaries\t1e4 # many", 10_000),
        ("\n NUM_PRIMARIES 5.0", 5),
    ],
)
def test_primaries_are_read_from_odd_but_legal_files(text: str, primaries: int) -> None:
    assert config.total_primaries(text.encode()) == primaries


@pytest.mark.parametrize(
    "text", ["", "Num_Primaries", "Num_Primaries few", "Num_Primaries 0", "Num_Primaries 1.5",
             "#Num_Primaries 5", "Num_Primaries 5\nnum_primaries 6"],
)  # fmt: skip
def test_primaries_that_can_not_be_told_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"config\.txt"):
        config.total_primaries(text.encode())


def test_the_lines_of_several_candidates_are_shown() -> None:
    with pytest.raises(InvalidInput, match="Num_Primaries 5; num_primaries 6"):
        config.total_primaries(b"Num_Primaries 5\nnum_primaries 6")


def test_a_task_changes_its_own_lines_alone() -> None:
    text = b"Num_Primaries 1e4\nRNG_Seed 5\nE_Cut_Pro 0.5 # keep\n"
    lines = config.with_share(text, 77, 2).decode().splitlines()
    assert lines[0] == "E_Cut_Pro 0.5 # keep"
    assert "Num_Primaries 77 #" in lines


@pytest.mark.parametrize("path", ["../CT.mhd", "/etc/passwd", "a/b", "..", "..\\x"])
def test_configurations_name_no_file_outside(path: str) -> None:
    files = {"config.txt": f"Num_Primaries 5\nct_file {path}\n".encode()}
    with pytest.raises(InvalidInput, match="CT_File"):
        MCSQUARE.task_files(files, 5, 1)


def test_seeds_differ_and_are_never_zero() -> None:
    seeds = {config.spread_seed(index) for index in range(1, 20_001)}
    assert len(seeds) == 20_000
    assert min(seeds) > 0


def test_a_compressed_image_can_not_be_a_bomb() -> None:
    files = dict(convert(water_box()).files)
    files["CT.mhd"] = b"DimSize = 2 2 2\nElementSpacing = 1 1 1\n"
    with pytest.raises(InvalidInput, match=r"CT\.raw\.gz"):
        MCSQUARE.task_files(files, 5, 1)
    files["CT.mhd"] = b"DimSize = 9999 9999 9999\nElementSpacing = 1 1 1\n"
    with pytest.raises(InvalidInput, match="MiB"):
        MCSQUARE.task_files(files, 5, 1)


def test_without_an_installation_there_is_no_command(tmp_path: Path) -> None:
    assert MCSQUARE.find() is None
    with pytest.raises(SimulatorNotInstalled, match="yaptide simulators install mcsquare"):
        MCSQUARE.command(tmp_path, 1)


LOG = "".join(f" {percent}.0 % \n" for percent in range(10, 101, 10))


@given(st.integers(0, 2**32), st.integers(0, len(LOG)))
def test_progress_is_read_from_pieces_of_any_size(seed: int, length: int) -> None:
    source = random.Random(seed)
    time = iter(range(10_000))
    parser = outcome.PercentParser(1000, lambda: next(time))
    text, newest = LOG[:length], 0
    while text:
        size = source.randint(1, 9)
        progress = parser.feed(text[:size])
        text = text[size:]
        if progress:
            assert progress.simulated_primaries > newest
            newest = progress.simulated_primaries
    assert newest == 100 * LOG[:length].count("\n")


def test_remaining_time_follows_from_the_pace() -> None:
    times = iter([0.0, 30.0])
    progress = outcome.PercentParser(1000, lambda: next(times)).feed(" 25.0 %\n")
    assert progress is not None
    assert progress.estimated_seconds == 90


@pytest.mark.parametrize(
    ("exit_code", "log", "reason"),
    [
        (0, "Nbr primaries simulated: 1000 (3 generated outside the geometry)", "misplaced"),
        (0, "Error of some kind", "ended before"),
        (1, "bad config", "exit code 1"),
        (-9, "", "SIGKILL"),
    ],
)
def test_bad_ends_are_told_apart(exit_code: int, log: str, reason: str) -> None:
    with pytest.raises(SimulationFailed, match=reason) as failed:
        outcome.check_outcome(exit_code, log)
    assert log in str(failed.value)


def test_a_good_end_is_good() -> None:
    outcome.check_outcome(0, "Nbr primaries simulated: 1000 (0 generated outside the geometry)")
    outcome.check_outcome(0, "Nbr primaries simulated: 1008 \n")


@pytest.mark.parametrize("content", [b"", b"\x00" * 12, np.full(8, np.nan, "<f4").tobytes()])
def test_outputs_that_are_broken_fail_the_task(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "Outputs").mkdir()
    (tmp_path / "config.txt").write_text("Output_Directory Outputs")
    (tmp_path / "Outputs" / "Energy.mhd").write_text("DimSize = 2 2 2\nElementSpacing = 1 1 1\n")
    (tmp_path / "Outputs" / "Energy.raw").write_bytes(content)
    with pytest.raises(SimulationFailed, match=r"Energy\.raw"):
        reduction.reduce_grid(tmp_path, 16)


planes = st.lists(st.integers(-200, 200).map(lambda n: n / 20), min_size=2, unique=True)


@given(planes, st.sampled_from([0.05, 0.1, 0.3, 1.0]))
def test_planes_are_voxel_faces_where_that_is_affordable(faces: list[float], widest: float) -> None:
    axis = aligned_axis(faces, widest, margin=1)
    assert axis.spacing <= widest + 1e-12
    assert axis.start < min(faces)
    assert axis.end > max(faces)
    if widest <= 0.2:
        steps = (np.array(faces) - axis.start) / axis.spacing
        assert np.abs(steps - np.round(steps)).max() < 1e-6


def test_grids_are_coarsened_to_what_is_affordable() -> None:
    grid = aligned_grid([{0.0, 100.0}] * 3, (0.1, 0.1, 0.1), 0, 10_000)
    assert grid.size <= 10_000


def scene(density: float = 1.0) -> tuple[Grid, Scene]:
    axis = Axis(-5.0, 0.25, 40)
    image = Grid(axis, axis, axis)
    values = np.zeros(image.shape)
    x, y = np.meshgrid(image.x.centres(), image.y.centres())
    values[:, np.hypot(x, y) <= 4] = density
    return image, Scene.plain(image, values)


def test_a_detector_that_coincides_with_the_phantom_loses_nothing() -> None:
    image, water = scene()
    coarse = Grid(Axis(-5.0, 1.0, 10), Axis(-5.0, 1.0, 10), Axis(-5.0, 2.5, 4))
    region = Region("Cyl", "phantom", edges=[(0.0, 4.3, 1), (-5.0, 5.0, 4)])
    shared = binning(region, coarse, water)
    energy = np.random.default_rng(1).random(coarse.size)
    x, y = np.meshgrid(coarse.x.centres(), coarse.y.centres())
    energy[np.tile((np.hypot(x, y) > 5).ravel(), 4)] = 0
    # Voxels with any water, found by looking at their corners nearest to the axis.
    near = [
        np.maximum(np.abs(axis.centres()) - axis.spacing / 2, 0) for axis in (coarse.x, coarse.y)
    ]
    touched = np.tile((np.hypot(*np.meshgrid(*near)) < 3.9).ravel(), 4)
    energy[~touched] = 0
    assert shared.total(energy).sum() == pytest.approx(energy.sum(), rel=1e-9)
    assert shared.masses.sum() == pytest.approx(
        water.matter.density.values.sum() * 0.25**3, rel=1e-9
    )
    assert image.size == 64_000


def test_rings_share_by_area_and_the_order_of_bins_is_the_wire_s() -> None:
    _, water = scene()
    grid = Grid(Axis(-4.0, 0.125, 64), Axis(-4.0, 0.125, 64), Axis(-5.0, 5.0, 2))
    shared = binning(Region("Cyl", "r", edges=[(0.0, 2.0, 2), (-5.0, 5.0, 2)]), grid, water)
    low = np.pi * 5
    assert shared.masses == pytest.approx([low, 3 * low, low, 3 * low], rel=0.03)
    upper = np.zeros(grid.shape)
    upper[1] = 1.0
    sums = shared.total(upper.ravel())
    assert sums[:2].tolist() == [0, 0]
    assert sums[3] > sums[2] > 0


def test_vacuum_has_neither_mass_nor_dose() -> None:
    _, empty = scene(density=0.0)
    grid = Grid(*[Axis(-4.0, 2.0, 4)] * 3)
    shared = binning(Region("All", "all"), grid, empty)
    assert shared.masses.tolist() == [0.0]


@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0.1, 10)), min_size=2, max_size=12))
def test_the_mean_is_weighted_by_primaries(tasks: list[tuple[int, float]]) -> None:
    mean = RatioOfMeans()
    for primaries, value in tasks:
        mean.add(primaries, np.array([value, 0.0]), np.ones(2))
    weights = [primaries for primaries, _ in tasks]
    expected = np.average([value for _, value in tasks], weights=weights)
    assert mean.value().tolist() == pytest.approx([expected, 0])


def test_equal_tasks_give_the_usual_standard_error() -> None:
    values = np.random.default_rng(2).normal(5, 1, (16, 3))
    mean = RatioOfMeans()
    for row in values:
        mean.add(250.0, row, np.ones(3))
    error = mean.error()
    assert error is not None
    assert error == pytest.approx(values.std(axis=0, ddof=1) / 4)


def test_one_task_can_not_tell_its_error() -> None:
    mean = RatioOfMeans()
    mean.add(1, np.ones(2), np.ones(2))
    assert mean.error() is None


def test_merged_pages_are_named_and_ordered_like_the_project(tmp_path: Path) -> None:
    project = water_box()
    outputs = [output("zeta", "mesh", "Energy", "Dose"), output("alpha", "rings", "dLET", "Dose")]
    project["scoringManager"]["outputs"] = outputs
    files = convert(project).files
    tasks = []
    for number, primaries in enumerate((300, 100)):
        folder = tmp_path / str(number)
        folder.mkdir()
        reduction.write_sums(folder, {
            "energy_0": np.full(100, float(number)), "mass_0": np.full(100, 10.0),
            "energy_1": np.full(4, 2.0), "mass_1": np.full(4, 4.0),
            "let_energy_1": np.full(4, 6.0),
        })  # fmt: skip
        tasks.append(TaskOutput(folder, primaries))
    zeta, alpha = merge(tasks, files)
    assert [zeta.name, alpha.name] == ["zeta", "alpha"]
    assert [page.name for page in zeta.pages] == ["My Energy", "My Dose"]
    assert [(p.quantity, p.unit) for p in zeta.pages] == [
        ("ENERGY", "MeV/prim"), ("DOSE", "MeV/g/prim"),
    ]  # fmt: skip
    assert zeta.pages[0].values[0] == pytest.approx(0.25)
    assert zeta.pages[1].values[0] == pytest.approx(0.025)
    assert zeta.pages[0].axes[0].name == "Position (Z)"
    assert alpha.pages[0].values == pytest.approx([3.0] * 4)
    assert alpha.pages[0].axes[0].values == pytest.approx([0.25, 0.75, 1.25, 1.75])
    assert alpha.metadata["primaries"] == "400"


def merged(tmp_path: Path, energies: list[list[float]], *keywords: str, masses: Any = 10.0) -> Any:
    """Return the page of a detector of 4 bins merged from tasks with these energies."""
    project = water_box()
    project["scoringManager"]["outputs"] = [output("rings", "rings", *keywords)]
    tasks = []
    for number, values in enumerate(energies):
        folder = tmp_path / str(number)
        folder.mkdir()
        found = np.array(values)
        reduction.write_sums(folder, {
            "energy_0": found, "mass_0": np.broadcast_to(masses, 4), "let_energy_0": 2 * found,
            "primaries": np.array([112.0]),
        })  # fmt: skip
        tasks.append(TaskOutput(folder, 100))
    return merge(tasks, convert(project).files)[0]


def test_the_error_of_a_bin_that_hardly_anything_hit_is_not_known(tmp_path: Path) -> None:
    energies = [[1.0, 1.0, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [3.0, 3.0, 4.0, 0.0]]
    estimator = merged(tmp_path, energies, "Energy", masses=np.array([1.0, 1.0, 1.0, 0.0]))
    (page,) = estimator.pages
    assert page.errors[0] == pytest.approx(3**-0.5)
    assert np.isnan(page.errors).tolist() == [False, False, True, False]
    # Where there is no matter, 0 is exact.
    assert page.errors[3] == 0
    assert page.metadata["bins_of_unknown_error"] == "1"
    assert b"null" in page_json(page)


def test_results_say_of_how_many_tasks_errors_are(tmp_path: Path) -> None:
    """Student, one degree of freedom: 1.84 covers 68.3 %, 12.7 covers 95 % (tables)."""
    estimator = merged(tmp_path, [[1.0] * 4, [2.0] * 4], "Dose")
    assert estimator.metadata["tasks"] == "2"
    assert float(estimator.metadata["student_factor_68"]) == pytest.approx(1.837, abs=1e-3)
    assert float(estimator.metadata["student_factor_95"]) == pytest.approx(12.706, abs=1e-3)
    assert "2 tasks" in estimator.metadata["errors"]
    assert estimator.metadata["primaries"] == "224"


def test_let_says_over_which_particles_it_is_averaged(tmp_path: Path) -> None:
    (page,) = merged(tmp_path, [[1.0] * 4] * 2, "dLET").pages
    assert page.name == "My dLET (all transported particles)"
    assert "alphas" in page.metadata["averaged_over"]
    assert page.values == [2.0] * 4


def test_other_lines_of_a_configuration_stay_as_they_are() -> None:
    before = b"# caf\xe9\r\nNum_Primaries 9\r\nCT_File CT.mhd\r\nE_Cut_Pro 0.5"
    after = config.with_share(before, 7, 1)
    assert after.startswith(b"# caf\xe9\r\nCT_File CT.mhd\r\nE_Cut_Pro 0.5\nNum_Primaries 7 #\n")
    assert after.count(b"Num_Primaries") == 1
