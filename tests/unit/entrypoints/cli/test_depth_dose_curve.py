"""Which of the results is the depth-dose curve, and what is said of it."""

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from adapters.callbacks.result_json import stored_estimators
from domain.estimator import Axis, Estimator, Page
from domain.job import InputType, Job, Platform, Task
from domain.states import EntityState
from entrypoints.cli.depth_dose_curve import depth_dose_curve
from entrypoints.cli.run_output import describe_depth_dose
from tests.unit.adapters.simulators.projects import detector, output, water_box

PEAK = [1.0, 1.2, 2.0, 4.0, 1.0]
PLACES = [-4.0, -2.0, 0.0, 2.0, 4.0]


def result(name: str, axis: str, doses: list[float], quantity: str = "DOSE") -> Any:
    page = Page(
        0, "My page", quantity, "MeV/g/prim", doses, [Axis(f"Position ({axis})", "cm", PLACES)]
    )
    return stored_estimators([Estimator(name, [page])])[0]


def project(direction: list[float], **middles: list[float]) -> Any:
    """Return a project with a mesh of 2 x 2 x 2 cm for each output, by name and middle."""
    made = water_box(direction=direction, position=[0.3, 0.0, 0.0])
    sizes = {"width": 2, "height": 2, "depth": 2, "xSegments": 1, "ySegments": 1, "zSegments": 1}
    made["detectorManager"]["detectors"] = [
        detector(name, "Mesh", middle, **sizes) for name, middle in middles.items()
    ]
    made["scoringManager"]["outputs"] = [output(name, name, "Dose") for name in middles]
    return made


def test_a_curve_along_the_beam_is_taken_whatever_its_axis() -> None:
    scene = project([1, 0, 0], lateral=[3, 0, 0], depth=[0, 0, 0])
    results = [result("lateral", "Z", PEAK), result("depth", "X", PEAK)]
    curve = depth_dose_curve(results, scene)
    assert curve is not None
    assert (curve.output, curve.letter, curve.beam.forward) == ("depth", "x", True)
    assert depth_dose_curve(results[:1], scene) is None


def test_a_beam_may_come_from_behind() -> None:
    curve = depth_dose_curve([result("a", "Z", PEAK)], project([0, 0, -2], a=[0, 0, 0]))
    assert curve is not None
    assert not curve.beam.forward
    # Coming from above, the dose falls from 4 at 2 cm to 2 at 0 cm: 3.2 lies at 1.2 cm.
    assert curve.summary().distal == pytest.approx(1.2)


@pytest.mark.parametrize(("direction", "place"), [([0, 1, 1], [0, 0, 0]), ([0, 0, 1], [5, 0, 0])])
def test_without_a_detector_along_the_beam_there_is_none(
    direction: list[float], place: list[float]
) -> None:
    assert depth_dose_curve([result("a", "Z", PEAK)], project(direction, a=place)) is None


def test_a_curve_with_its_peak_is_preferred() -> None:
    scene = project([0, 0, 1], plateau=[0, 0, 0], whole=[0, 0, 0])
    results = [result("plateau", "Z", [1.0, 2.0, 3.0, 4.0, 5.0]), result("whole", "Z", PEAK)]
    curve = depth_dose_curve(results, scene)
    assert curve is not None
    assert curve.output == "whole"
    only = depth_dose_curve(results[:1], scene)
    assert only is not None
    assert only.summary().at_edge == "last"


def test_other_quantities_are_none() -> None:
    scene = project([0, 0, 1], a=[0, 0, 0])
    assert depth_dose_curve([result("a", "Z", PEAK, "ENERGY")], scene) is None
    assert depth_dose_curve([result("a", "Z", [0.0] * 5)], scene) is None


def completed(tasks: int) -> Job:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = Job("id", 1, "", Platform.DIRECT, InputType.EDITOR, "mcsquare", now)
    done = [Task(number, 50, state=EntityState.COMPLETED) for number in range(1, tasks + 1)]
    return replace(made, tasks=done)


def said(results: list[Any], scene: Any, tasks: int = 2) -> str:
    console = Console(file=StringIO(), width=200)
    describe_depth_dose(console, results, completed(tasks), scene, None)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_the_summary_names_its_output_and_what_errors_are_of() -> None:
    text = said([result("a", "Z", PEAK)], project([0, 0, -1], a=[0, 0, 0]))
    assert 'output "a" over z, beam towards -z' in text
    assert "Maximum of the depth-dose curve: 2.00 cm" in text
    assert "Distal 80 % point: 1.20 cm" in text
    assert "2 tasks: times 1.84 (Student)" in text


def test_the_summary_says_when_there_is_no_peak_and_nothing_when_there_is_no_curve() -> None:
    scene = project([0, 0, 1], a=[0, 0, 0])
    text = said([result("a", "Z", [1.0, 2.0, 3.0, 4.0, 5.0])], scene)
    assert "at its edge (the last bin along the beam)" in text
    assert "Distal" not in text
    assert said([result("a", "X", PEAK)], scene) == ""
