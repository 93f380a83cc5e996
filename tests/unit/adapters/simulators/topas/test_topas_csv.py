"""TOPAS's CSV files: means however they are reported, errors where the file has them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pymchelper.estimator import Estimator as ReadEstimator
from pymchelper.readers.topas import TopasReader

from adapters.simulators.topas.csv_output import read_csv
from adapters.simulators.topas.simulator import Topas
from application.ports.simulator import TaskOutput
from domain.errors import InvalidInput, SimulationFailed
from domain.estimator import Page
from tests.locations import TESTS
from tests.simulator_stand_ins.installing import install
from tests.simulator_stand_ins.topas import factor
from tests.unit.adapters.simulators.stand_in_runs import merged, run_task, weighted

DATA = TESTS / "data" / "simulators" / "topas"
HEAD = """# TOPAS Version: 3.9
# Parameter File: a.txt
# Results for scorer: Mine
# Filtered by: OnlyIncludeParticlesNamed = 1 "proton"
# Scored in component: Box
"""
BINS = """# X in 2 bins of 5e-05 cm
# Y in 1 bin  of 3 cm
# Z in 3 bins of 1 cm
"""


def written(tmp_path: Path, columns: str, rows: str, head: str = HEAD + BINS) -> Path:
    path = tmp_path / "out.csv"
    path.write_text(f"{head}# DoseToMedium ( Gy ) : {columns}   \n{rows}")
    return path


def rows(*columns: str) -> str:
    """Return a row for each of the 2 x 1 x 3 bins, numbered from 1 in the order of their lines."""
    places = [(x, z) for x in range(2) for z in range(3)]
    made = [
        ", ".join([f"{x}", "0", f"{z}", *(str(eval(text, {"n": n})) for text in columns)])
        for n, (x, z) in enumerate(places, 1)
    ]
    return "\n".join(made) + "\n"


@pytest.mark.parametrize(
    "path",
    [
        DATA / "output" / "fluence_bp_protons_xy.csv",
        DATA / "output" / "fluence_bp_protons_xy2.csv",
        DATA / "cylinder" / "MyScorer.csv",
    ],
)
def test_means_are_those_of_pymchelper(path: Path) -> None:
    theirs = ReadEstimator()
    TopasReader(str(path)).read(theirs)
    (page,) = read_csv(path, 20).pages
    expected = theirs.pages[0].data.reshape(-1, order="F")
    assert page.values == pytest.approx(expected)
    assert (page.quantity, page.unit) == (theirs.pages[0].name, theirs.pages[0].unit)
    axes = [theirs.axis(number) for number in range(3) if theirs.axis(number).n > 1]
    assert [(axis.name, axis.unit) for axis in page.axes] == [(a.name, a.unit) for a in axes]
    for axis, other in zip(page.axes, axes, strict=True):
        assert list(axis.values) == pytest.approx(list(other.data))


def test_bins_of_any_size_are_placed_with_the_first_axis_fastest(tmp_path: Path) -> None:
    (page,) = read_csv(written(tmp_path, "Mean", rows("n")), 10).pages
    assert page.values.tolist() == [1, 4, 2, 5, 3, 6]
    assert [list(axis.values) for axis in page.axes] == [
        pytest.approx([2.5e-5, 7.5e-5]), pytest.approx([0.5, 1.5, 2.5]),
    ]  # fmt: skip
    assert page.unit == "Gy"
    assert page.errors is None


@pytest.mark.parametrize(
    ("columns", "texts", "mean", "error"),
    [
        ("Sum", ["n*10"], 1.0, None),
        ("Sum   Histories_with_Scorer_Active", ["n*5", "5"], 1.0, None),
        ("Mean   Standard_Deviation", ["n", "n*3"], 1.0, 3 / 10**0.5),
        ("Standard_Deviation   Mean   Sum", ["n*3", "n", "99"], 1.0, 3 / 10**0.5),
        ("Mean   Variance", ["n", "n*n*9"], 1.0, 3 / 10**0.5),
        ("Sum   Count_in_Bin", ["n*10", "4"], 1.0, 0.5),
        ("Mean   Min   Max", ["n", "0", "9"], 1.0, None),
    ],
)
def test_a_mean_is_made_of_what_is_reported(
    tmp_path: Path, columns: str, texts: list[str], mean: float, error: float | None
) -> None:
    (page,) = read_csv(written(tmp_path, columns, rows(*texts)), 10).pages
    assert page.values[0] == pytest.approx(mean)
    assert page.values[1] == pytest.approx(4 * mean)
    if error is None:
        assert page.errors is None
    else:
        assert page.errors is not None
        assert page.errors[0] == pytest.approx(error)
        assert page.errors[1] == pytest.approx(4 * error)


def test_an_empty_bin_has_no_error_by_its_count(tmp_path: Path) -> None:
    path = written(tmp_path, "Sum   Count_in_Bin", rows("0", "0"))
    (page,) = read_csv(path, 10).pages
    assert page.errors is not None
    assert np.isnan(page.errors).all()


def test_an_undivided_component_has_one_value(tmp_path: Path) -> None:
    path = written(tmp_path, "Sum   Standard_Deviation", "30, 4\n", HEAD)
    (page,) = read_csv(path, 10).pages
    assert (page.values.tolist(), list(page.axes)) == ([3.0], [])
    assert page.errors == pytest.approx([4 / 10**0.5])


@pytest.mark.parametrize(("name", "more"), [("incident track energy", 2), ("time", 1)])
def test_bins_of_energy_or_time_come_without_what_lies_beyond(
    tmp_path: Path, name: str, more: int
) -> None:
    head = f"{HEAD}{BINS}# Binned by {name} in 2 bins of 5 MeV from 1 MeV to 11 MeV\n"
    columns = ["-1", "-1", "n", "3", "n*10", "3", *["-1"] * (2 * more)]
    (page,) = read_csv(written(tmp_path, "Mean   Variance", rows(*columns), head), 3).pages
    assert [axis.name for axis in page.axes] == ["X", "Z", name]
    assert list(page.axes[2].values) == [3.5, 8.5]
    assert page.values.tolist() == [1, 4, 2, 5, 3, 6, 10, 40, 20, 50, 30, 60]
    assert page.errors == pytest.approx([1.0] * 12)


@pytest.mark.parametrize(
    ("columns", "text", "reason"),
    [
        ("Mean", rows("n")[:-11], "5 of 6 bins"),
        ("Mean   Variance", rows("n", "1")[:-2], "not written to its end"),
        ("Mean   Variance", rows("n"), "1 columns of 2"),
        ("Mean", "", "no rows"),
        ("Mean", rows("n").replace("1, 0, 2", "2, 0, 2"), "outside of the component"),
        ("Mean", rows("'x'"), "not written to its end"),
        ("Nothing known", rows("n"), "holds no results"),
        ("Max", rows("n"), "neither Mean nor Sum"),
    ],
)
def test_what_can_not_be_used_is_said(tmp_path: Path, columns: str, text: str, reason: str) -> None:
    with pytest.raises(SimulationFailed, match=reason):
        read_csv(written(tmp_path, columns, text), 10)


def scoring(report: str, **more: str) -> dict[str, bytes]:
    """Return a parameter file with one scorer of the recorded input's component."""
    text = (DATA / "input" / "minimal.txt").read_text()
    text = text[: text.index("s:Sc/")]
    lines = [
        's:Sc/Mine/Quantity = "DoseToMedium"',
        's:Sc/Mine/Component = "PhantomScoringCoarseXY"',
        *([f"sv:Sc/Mine/Report = {report}"] if report else []),
        *(f"{name.replace('__', ':Sc/Mine/')} = {value}" for name, value in more.items()),
    ]
    return {"mine.txt": (text + "\n".join(lines) + "\n").encode()}


@pytest.mark.parametrize("report", ["", '1 "Sum"', '2 "Count_in_Bin" "Sum"', '1 "Mean"'])
def test_sums_and_means_of_tasks_come_out_alike(tmp_path: Path, report: str) -> None:
    install("topas", tmp_path / "bin")
    (found,) = merged(Topas(tmp_path / "bin"), scoring(report), tmp_path, tmp_path / "kept")
    value = weighted(factor(1), factor(2))
    assert list(found.pages[0].values[:2]) == pytest.approx([value, 2 * value])
    assert found.metadata["reported"] in ("Mean", "Sum / histories")
    assert found.pages[0].errors is not None


def test_one_task_has_the_errors_that_its_file_tells(tmp_path: Path) -> None:
    page = alone(tmp_path, scoring('2 "Sum" "Standard_Deviation"'))
    assert page.errors is not None
    assert page.errors[0] == pytest.approx(page.values[0] * 3**0.5 / 10)
    assert alone(tmp_path / "other", scoring('1 "Sum"')).errors is None


def test_sums_over_runs_of_time_features_are_per_history_too(tmp_path: Path) -> None:
    once = alone(tmp_path, scoring('1 "Sum"'))
    text = scoring('1 "Sum"')["mine.txt"] + b"i:Tf/NumberOfSequentialTimes = 4\n"
    often = alone(tmp_path / "often", {"mine.txt": text})
    assert often.values[0] == pytest.approx(once.values[0] / 4)


def alone(tmp_path: Path, files: dict[str, bytes]) -> Page:
    """Return the page of a job of one task, which has 100 primaries."""
    install("topas", tmp_path / "bin")
    topas = Topas(tmp_path / "bin")
    done = run_task(topas, files, tmp_path / "task", 1)
    topas.collect(done.folder, done.code, done.log)
    (found,) = topas.merge([TaskOutput(done.folder, 100)], files)
    (page,) = found.pages
    return page


@pytest.mark.parametrize(
    ("report", "more", "field"),
    [
        ('1 "Max"', {}, "Sc/Mine/Report"),
        ('2 "Min" "CumulativeVolumeHistogram"', {}, "Sc/Mine/Report"),
        ('1 "Sum"', {"b__OutputAfterRun": '"True"'}, "Sc/Mine/OutputAfterRun"),
        ('1 "Sum"', {"s__OutputType": '"Root"'}, "Sc/Mine/OutputType"),
    ],
)
def test_what_could_not_be_read_is_refused_at_once(
    report: str, more: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        Topas(Path("/none")).total_primaries(scoring(report, **more))
    assert refused.value.field == field
