"""What `yaptide run` leaves: results.json, a summary of the depth-dose curve, a plot."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from adapters.callbacks.result_json import results_json
from adapters.plots.depth_dose import plot_depth_dose
from application.ports.result_repository import StoredEstimator
from application.reading.depth_dose_summary import DepthDoseCurve, DepthDoseSummary
from domain.job import Job
from domain.states import EntityState
from domain.student import student_factor


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
    console: Console,
    estimators: Sequence[StoredEstimator],
    job: Job,
    project: Mapping[str, object] | None,
    plot_folder: Path | None,
) -> None:
    """Print where the maximum and the distal 80 % point of the depth-dose curve lie.

    Draws the curve into `plot_folder` if one is given. Where nothing was scored along the beam
    there is nothing to say, but that there is nothing to plot.
    """
    # Reads projects, with libraries that take long to load and that no other command needs.
    from entrypoints.cli.depth_dose_curve import depth_dose_curve

    curve = depth_dose_curve(estimators, project)
    if curve is None:
        if plot_folder is not None:
            console.print("No depth-dose curve was scored: nothing to plot.")
        return
    tasks = sum(task.state is EntityState.COMPLETED for task in job.tasks)
    summary, factor = curve.summary(), student_factor(tasks) if tasks > 1 else math.inf
    for sentence in _sentences(curve, summary, tasks, factor):
        console.print(sentence, highlight=False, markup=False, soft_wrap=True)
    if plot_folder is not None:
        marks = [("maximum", summary.maximum)]
        marks += [("distal 80 %", summary.distal)] if summary.distal is not None else []
        path = plot_folder / "depth_dose.png"
        plot_depth_dose(path, job.title, curve, marks, _of_errors(tasks, factor))
        console.print(f"Plot: {path}", soft_wrap=True)


def _sentences(
    curve: DepthDoseCurve, summary: DepthDoseSummary, tasks: int, factor: float
) -> Iterator[str]:
    towards = f"{'+' if curve.beam.forward else '-'}{curve.letter}"
    yield f'Depth-dose curve of output "{curve.output}" over {curve.letter}, beam towards {towards}'
    if summary.at_edge is not None:
        yield (
            f"Maximum of the depth-dose curve: {summary.maximum:.2f} cm, at its edge "
            f"(the {summary.at_edge} bin along the beam): the peak is not in it"
        )
    else:
        around = _uncertainty(summary.maximum_error, 1.0)
        yield f"Maximum of the depth-dose curve: {summary.maximum:.2f} cm{around}"
    if summary.distal is not None:
        around = _uncertainty(summary.distal_error, factor)
        step = 10 * abs(curve.positions[1] - curve.positions[0])
        between = f"between bins of {step:.3g} mm; statistical error alone" if around else ""
        yield f"Distal 80 % point: {summary.distal:.2f} cm{around}{between and f' ({between})'}"
    yield _error_sentence(curve.doses, curve.errors)
    if tasks > 1:
        yield f"Errors are those of {_of_errors(tasks, factor)}"


def _uncertainty(error: float, factor: float) -> str:
    whole = error * factor
    return f" ± {whole:.3f} cm" if math.isfinite(whole) else ""


def _of_errors(tasks: int, factor: float) -> str:
    if tasks < 2:
        return "1 task"
    return f"{tasks} tasks: times {factor:.2f} (Student) they cover 68 %"


def _error_sentence(doses: Sequence[float], errors: Sequence[float] | None) -> str:
    if errors is None:
        return "Standard error: unknown, it takes two tasks or more"
    highest = max(doses)
    at_peak = errors[list(doses).index(highest)] / highest
    high = [error / dose for dose, error in zip(doses, errors, strict=True) if dose > highest / 2]
    known = [error for error in [at_peak, *high] if math.isfinite(error)]
    if len(known) <= len(high):
        return "Standard error: unknown where fewer than two tasks had a hit"
    return (
        f"Standard error: {at_peak:.2%} at the maximum, {sum(high) / len(high):.2%} on average "
        f"where the dose is above half of it"
    )
