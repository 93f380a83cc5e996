"""What tasks scored is read and merged by the rules of pymchelper."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymchelper.input_output import fromfile, fromfilelist

from adapters.simulators.scored_output.aggregates import Mean, Sum
from adapters.simulators.scored_output.merging import MergedFile, merge_files
from adapters.simulators.scored_output.plan import (
    Plan,
    PlannedOutput,
    PlannedPage,
    merge_by_file,
    merge_plan,
    read_plan,
)
from adapters.simulators.scored_output.reading import read_file
from application.ports.simulator import TaskOutput
from domain.errors import SimulationFailed
from tests.locations import ROOT, TESTS
from tests.simulator_stand_ins import bdo, usrbin, usrtrack
from tests.waiting import Patience

RECORDED = TESTS / "data" / "simulators" / "shieldhit"
AVERAGING = RECORDED / "averaging"
TASKS = (1, 2, 3)


def recorded(name: str) -> list[Path]:
    return [AVERAGING / f"{name}_{number:04d}.bdo" for number in TASKS]


def merged(paths: list[Path], asked: int = 1) -> MergedFile:
    found = merge_files((path, asked) for path in paths)
    assert found is not None
    return found


def rerun(source: Path, target: Path, primaries: int, factor: float) -> Path:
    """Write a recorded file as a run of other length would have left it."""
    target.write_bytes(bdo.rescaled(source.read_bytes(), primaries, factor))
    return target


@pytest.mark.parametrize(
    "name",
    [
        "normalisation-1_aggregation-none",
        "normalisation-2_aggregation-sum",
        "normalisation-3_aggregation-mean",
        "normalisation-5_aggregation-mean",
    ],
)
def test_recorded_runs_are_merged_as_pymchelper_does(name: str) -> None:
    reference = fromfilelist([str(path) for path in recorded(name)])
    found = merged(recorded(name))
    assert (found.tasks, found.primaries) == (3, 3000)
    for page, expected in zip(found.pages, reference.pages, strict=True):
        assert page.page.values == pytest.approx([float(expected.data_raw)])
        if expected.error_raw is not None:
            assert page.page.errors == pytest.approx([float(expected.error_raw)])


def test_runs_of_different_length_weigh_by_their_primaries(tmp_path: Path) -> None:
    source = AVERAGING / "normalisation-5_aggregation-mean_0001.bdo"
    one = float(fromfile(str(source)).pages[0].data_raw)
    paths = [
        rerun(source, tmp_path / "a.bdo", 1000, 1.0),
        rerun(source, tmp_path / "b.bdo", 3000, 2.0),
    ]
    page = merged(paths).pages[0].page
    assert page.values == pytest.approx([one * (1000 * 1 + 3000 * 2) / 4000])
    # By hand: s² = Σw(x-m)² / (W - Σw²/W), error = s·sqrt(Σw²)/W, with x = 1 and 2, m = 1.75.
    spread = (1000 * 0.75**2 + 3000 * 0.25**2) / (4000 - 1e7 / 4000)
    assert page.errors == pytest.approx([one * math.sqrt(spread * 1e7) / 4000])


def test_counters_are_summed_with_the_error_of_the_sum(tmp_path: Path) -> None:
    source = AVERAGING / "normalisation-2_aggregation-sum_0001.bdo"
    count = float(fromfile(str(source)).pages[0].data_raw)
    paths = [
        rerun(source, tmp_path / f"{number}.bdo", 1000, factor)
        for number, factor in enumerate((0.9, 1.0, 1.1))
    ]
    page = merged(paths).pages[0].page
    assert page.values == pytest.approx([3 * count])
    assert page.errors == pytest.approx([count * 0.1 * math.sqrt(3)])


def test_phase_spaces_are_put_together(tmp_path: Path) -> None:
    paths = []
    for task, particles in ((1, 2), (2, 0), (3, 3)):
        values = [float(100 * task + number) for number in range(8 * particles)]
        page = bdo.WrittenPage(63, bdo.JOINED, "", values)
        paths.append(tmp_path / f"{task}.bdo")
        bdo.write(paths[-1], bdo.WrittenFile(10, [page]))
    page = merged(paths).pages[0].page
    assert [len(axis.values) for axis in page.axes] == [8, 5]
    assert page.values[:3] == [100.0, 101.0, 102.0]
    assert page.values[16] == 300.0
    assert page.errors is None


def test_one_task_has_no_errors() -> None:
    assert merged(recorded("normalisation-5_aggregation-mean")[:1]).pages[0].page.errors is None


@pytest.mark.parametrize(
    ("name", "unit", "axes"),
    [
        ("ex_zmsh", "MeV/primary", [("Position (Z)", "cm", 300)]),
        ("ex_yzmsh", "MeV/primary", [("Position (Y)", "cm", 20), ("Position (Z)", "cm", 150)]),
        ("fluence_elog", "/cm^2/MeV/prim", [("Energy", "MeV", 10)]),
        ("fluence_2d_lin", "/cm^2/MeV/deg/prim", [("Energy", "MeV", 10), ("Angle", "deg", 5)]),
    ],
)
def test_pages_of_0_to_2_dimensions(name: str, unit: str, axes: list[tuple[str, str, int]]) -> None:
    page = merged([RECORDED / "pages" / f"{name}.bdo"]).pages[0].page
    assert page.unit == unit
    assert [(axis.name, axis.unit, len(axis.values)) for axis in page.axes] == axes


def test_logarithmic_bins_are_shown_at_their_geometric_middle() -> None:
    page = merged([RECORDED / "pages" / "fluence_elog.bdo"]).pages[0].page
    steps = np.diff(np.log(page.axes[0].values))
    assert steps == pytest.approx([math.log(1e4) / 10] * 9)


def test_the_first_axis_runs_fastest(tmp_path: Path) -> None:
    values = [float(number) for number in range(6)]
    page = bdo.WrittenPage(5, bdo.AVERAGE, "MeV", values, filter="Protons")
    path = tmp_path / "grid.bdo"
    bdo.write(path, bdo.WrittenFile(1, [page], name="Grid", axes=[(0, 2, 2), (0, 3, 3), (0, 1, 1)]))
    found = merged([path]).pages[0]
    assert found.page.values == values
    assert [axis.values for axis in found.page.axes] == [[0.5, 1.5], [0.5, 1.5, 2.5]]
    assert found.told == {"filter": "Protons", "geometry": "Grid"}


def test_units_are_told_in_either_order(tmp_path: Path) -> None:
    """Version 1.0.1 of SHIELD-HIT12A swaps the unit and the list of units."""
    page = bdo.WrittenPage(
        2, bdo.PER_PRIMARY, "/cm^2;MeV", [1.0, 2.0], differential=[(0, 10, 2)],
        differential_units="/cm^2/MeV",
    )  # fmt: skip
    bdo.write(tmp_path / "old.bdo", bdo.WrittenFile(1, [page]))
    found = merged([tmp_path / "old.bdo"]).pages[0].page
    assert found.unit == "/cm^2/MeV/prim"
    assert (found.axes[0].name, found.axes[0].unit) == ("Energy", "MeV")


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_half_a_file_is_no_result(tmp_path: Path, kept: float) -> None:
    whole = (AVERAGING / "normalisation-5_aggregation-mean_0001.bdo").read_bytes()
    path = tmp_path / "half.bdo"
    path.write_bytes(whole[: int(len(whole) * kept)])
    with pytest.raises(SimulationFailed, match=r"half\.bdo"):
        read_file(path)


def test_tasks_that_scored_different_things_are_not_merged(tmp_path: Path) -> None:
    with pytest.raises(SimulationFailed, match="something else"):
        merged([recorded("normalisation-5_aggregation-mean")[0],
                recorded("normalisation-3_aggregation-mean")[1]])  # fmt: skip


def find(output: TaskOutput, name: str) -> Path | None:
    path = output.folder / f"{name}.bdo"
    return path if path.exists() else None


def one_value(path: Path, primaries: int, value: float) -> None:
    bdo.write(path, bdo.WrittenFile(primaries, [bdo.WrittenPage(5, bdo.AVERAGE, "MeV", [value])]))


def test_an_estimator_that_one_task_lacks_shifts_no_weights(tmp_path: Path) -> None:
    outputs = [TaskOutput(tmp_path / str(number), 100) for number in (1, 2, 3)]
    for number, output in enumerate(outputs, start=1):
        output.folder.mkdir()
        one_value(output.folder / "dose2.bdo", 100 * number, float(number))
        if number != 2:
            one_value(output.folder / "dose.bdo", 100 * number, 10.0 * number)
    plan = Plan(
        [
            PlannedOutput("the dose", [PlannedPage("D", "dose")]),
            PlannedOutput("lost", [PlannedPage("L", "never-written")]),
            PlannedOutput("another", [PlannedPage("E", "dose2"), PlannedPage("D", "dose")]),
        ],
        ["one thing"],
    )
    found = merge_plan(read_plan(plan.text()), outputs, find, "shieldhit")
    assert [item.name for item in found] == ["the dose", "another"]
    assert found[0].pages[0].values == pytest.approx([(100 * 10 + 300 * 30) / 400])
    assert found[0].metadata["primaries"] == "400"
    assert [page.name for page in found[1].pages] == ["E", "D"]
    assert found[1].pages[0].values == pytest.approx([(1 + 4 + 9) / 6])
    assert found[0].metadata["left_out"] == "one thing"
    by_file = merge_by_file(["dose2", "dose"], outputs, find, "shieldhit")
    assert [item.name for item in by_file] == ["dose2", "dose"]


def test_a_page_that_says_it_is_another_is_refused(tmp_path: Path) -> None:
    page = bdo.WrittenPage(5, bdo.AVERAGE, "MeV", [1.0], filter="Neutrons")
    bdo.write(tmp_path / "dose.bdo", bdo.WrittenFile(1, [page]))
    wrong = PlannedPage("of protons", "dose", 0, {"filter": "Protons"})
    for planned in (wrong, PlannedPage("second", "dose", 1)):
        with pytest.raises(SimulationFailed, match=planned.name):
            merge_plan(
                Plan([PlannedOutput("x", [planned])]), [TaskOutput(tmp_path, 1)], find, "shieldhit"
            )
    with pytest.raises(SimulationFailed, match="no task left any results"):
        merge_by_file([], [], find, "shieldhit")


numbers = st.lists(
    st.tuples(st.floats(-1e6, 1e6), st.integers(0, 1000)), min_size=2, max_size=20
)  # fmt: skip


@given(numbers)
def test_one_pass_gives_what_two_passes_give(tasks: list[tuple[float, int]]) -> None:
    mean = Mean()
    for value, weight in tasks:
        mean.add(np.array([value, np.nan]), weight)
    counted = [(value, weight) for value, weight in tasks if weight]
    total = sum(weight for _, weight in counted)
    found, error = mean.value(), mean.error()
    assert np.isnan(found[1])
    if total:
        expected = sum(value * weight for value, weight in counted) / total
        assert found[0] == pytest.approx(expected, abs=1e-6)
    if len(counted) > 1:
        assert error is not None
        squares = sum(weight**2 for _, weight in counted)
        spread = sum(weight * (value - expected) ** 2 for value, weight in counted)
        assert error[0] == pytest.approx(
            math.sqrt(spread / (total - squares / total) * squares) / total, rel=1e-6, abs=1e-3
        )
    else:
        assert error is None


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=20), st.integers(1, 1000))
def test_sums_are_exact(counts: list[int], primaries: int) -> None:
    found = Sum()
    for count in counts:
        found.add(np.array([float(count)]), primaries)
    assert found.value().tolist() == [sum(counts)]
    error = found.error()
    assert error is not None
    expected = float(np.std(counts, ddof=1)) * math.sqrt(len(counts))
    assert error[0] == pytest.approx(expected, rel=1e-6, abs=1e-6)


MEASURE = """
import resource, sys
from pathlib import Path
from adapters.simulators.scored_output.merging import merge_files
limit = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = merge_files((path, 1) for path in sorted(Path(sys.argv[1]).glob("*.bdo")))
assert found.tasks == int(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - limit)
"""


def test_memory_does_not_grow_with_the_tasks(tmp_path: Path) -> None:
    """100 tasks of 1e5 values: a few arrays, not a hundred."""
    page = bdo.WrittenPage(5, bdo.PER_PRIMARY, "MeV/g", [1.0] * 100_000)
    path = tmp_path / "0.bdo"
    bdo.write(path, bdo.WrittenFile(1, [page], axes=[(0, 1, 1), (0, 1, 1000), (0, 1, 100)]))
    for number in range(1, 100):
        (tmp_path / f"{number}.bdo").hardlink_to(path)
    patience = Patience(60)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path), "100"],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) < 60 << 10
    # The benchmark measures, this only catches what is quadratic.
    assert not patience.is_over()


def test_each_binning_of_fluka_has_a_mesh_of_its_own(tmp_path: Path) -> None:
    along_x = [(0.0, 4.0, 4), (0.0, 1.0, 1), (0.0, 1.0, 1)]
    along_z = [(0.0, 1.0, 1), (0.0, 1.0, 1), (10.0, 14.0, 4)]
    binnings = [
        usrbin.WrittenBinning("x", 10, 228, along_x, [1.0, 2.0, 3.0, 4.0]),
        usrbin.WrittenBinning("z", 10, 228, along_z, [5.0, 6.0, 7.0, 8.0]),
        usrbin.WrittenBinning("r", 11, 228, along_x, [1.0, 1.0, 1.0, 1.0]),
    ]
    path = tmp_path / "a001_fort.21"
    path.write_bytes(usrbin.written("a", 10, binnings))
    pages = read_file(path).pages
    assert [[axis.name for axis in page.axes] for page in pages] == [
        ["Position (X)"], ["Position (Z)"], ["Radius (R)"],
    ]  # fmt: skip
    assert list(pages[1].axes[0].values) == [10.5, 11.5, 12.5, 13.5]
    assert pages[1].values.tolist() == [5000, 6000, 7000, 8000]


def test_meshes_of_one_fluka_file_may_differ_in_size(tmp_path: Path) -> None:
    binnings = [
        usrbin.WrittenBinning(
            "a", 10, 201, [(0.0, 1.0, n), (0.0, 1.0, 1), (0.0, 1.0, 2)], [1.0] * 2 * n
        )
        for n in (1, 3)
    ]
    path = tmp_path / "a001_fort.21"
    path.write_bytes(usrbin.written("a", 10, binnings))
    assert [page.values.size for page in read_file(path).pages] == [2, 6]


def test_groups_of_slow_neutrons_are_shown_beside_the_bins(tmp_path: Path) -> None:
    spectra = [
        usrtrack.WrittenSpectrum("n", 1, 8, 1.0, 0.0, 0.1, [1.0, 2.0, 3.0, 4.0, 5.0], groups=3),
        usrtrack.WrittenSpectrum("p", 1, 1, 1.0, 0.0, 0.1, [1.0, 2.0]),
    ]
    path = tmp_path / "a001_fort.22"
    path.write_bytes(usrtrack.written("a", 10, spectra))
    neutrons, protons = read_file(path).pages
    assert neutrons.values.tolist() == [1, 2, 3, 4, 5]
    assert [axis.name for axis in neutrons.axes] == ["Energy bin or group of neutrons"]
    assert list(neutrons.axes[0].values) == [1, 2, 3, 4, 5]
    assert [axis.unit for axis in protons.axes] == ["GeV"]
