"""What `yaptide run` leaves: results.json, a summary of the depth-dose curve, a plot."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console

from adapters.callbacks.result_json import results_json
from adapters.plots.depth_dose import plot_depth_dose
from application.ports.result_repository import StoredEstimator
from application.reading.depth_dose import depth_dose_maximum, distal_point
from domain.job import Job
from domain.states import EntityState

DISTAL_FRACTION = 0.8


class _Axis(msgspec.Struct):
    """One axis of a page, as far as a curve needs it."""

    name: str
    values: list[float]


class _Data(msgspec.Struct):
    """The values of a page and their standard errors."""

    name: str
    values: list[float]
    errors: list[float] | None = None


class _Page(msgspec.Struct):
    """A page as in the wire contract, as far as a curve needs it."""

    data: _Data
    axis_dim1: _Axis | None = None


def write_results(out: Path, job: Job, estimators: Sequence[StoredEstimator]) -> Path:
    """Write results.json into `out`; a file that is there is replaced whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    completed = [task for task in job.tasks if task.state is EntityState.COMPLETED]
    extra = {
        "title": job.title,
        "sim_type": job.sim_type,
        "job_state": job.state.value,
        "partial": len(completed) < len(job.tasks),
        "simulated_primaries": sum(task.simulated_primaries for task in completed),
        "tasks": len(completed),
    }
    path, draft = out / "results.json", out / ".results.json.draft"
    draft.write_bytes(results_json(estimators, extra))
    draft.replace(path)
    return path


def describe_depth_dose(
    console: Console, estimators: Sequence[StoredEstimator], title: str, plot_folder: Path | None
) -> None:
    """Print where the maximum and the distal 80 % point of the first depth-dose curve lie.

    Draws the curve into `plot_folder` if one is given; says so when there is no such curve.
    """
    page = _depth_dose_page(estimators)
    if page is None or page.axis_dim1 is None:
        if plot_folder is not None:
            console.print("No depth-dose curve was scored: nothing to plot.")
        return
    depths, doses = page.axis_dim1.values, page.data.values
    peak = depth_dose_maximum(depths, doses)
    distal = distal_point(depths, doses, DISTAL_FRACTION)
    console.print(f"Maximum of the depth-dose curve: {peak:.2f} cm", highlight=False)
    if distal is not None:
        console.print(f"Distal 80 % point: {distal:.2f} cm", highlight=False)
    console.print(_error_sentence(doses, page.data.errors), highlight=False, soft_wrap=True)
    if plot_folder is not None:
        marks = [("maximum", peak)]
        marks += [("distal 80 %", distal)] if distal is not None else []
        path = plot_folder / "depth_dose.png"
        plot_depth_dose(path, title, depths, doses, page.data.errors, marks)
        console.print(f"Plot: {path}", soft_wrap=True)


def _depth_dose_page(estimators: Sequence[StoredEstimator]) -> _Page | None:
    for estimator in estimators:
        for stored in estimator.pages:
            if stored.dimensions != 1:
                continue
            page = msgspec.json.decode(stored.body, type=_Page)
            along_beam = page.axis_dim1 is not None and "Z" in page.axis_dim1.name
            if along_beam and page.data.name.upper() == "DOSE" and any(page.data.values):
                return page
    return None


def _error_sentence(doses: Sequence[float], errors: Sequence[float] | None) -> str:
    if errors is None:
        return "Standard error: unknown, it takes two tasks or more"
    highest = max(doses)
    at_peak = errors[list(doses).index(highest)] / highest
    high = [error / dose for dose, error in zip(doses, errors, strict=True) if dose > highest / 2]
    return (
        f"Standard error: {at_peak:.2%} at the maximum, {sum(high) / len(high):.2%} on average "
        f"where the dose is above half of it"
    )
