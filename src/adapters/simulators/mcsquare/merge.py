"""Merge what the tasks of a job scored into estimators."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.simulators.mcsquare.grid import Floats
from adapters.simulators.mcsquare.reduction import (
    EV_PER_MEV,
    KEV_UM_TO_MEV_CM,
    PRIMARIES,
    REDUCED,
)
from adapters.simulators.mcsquare.scoring import SCORING, Region, ScoredOutput, read_scoring
from adapters.simulators.mcsquare.statistics import RatioOfMeans
from application.ports.simulator import TaskOutput
from domain.errors import SimulationFailed
from domain.estimator import Axis, Estimator, Page
from domain.student import student_factor

UNITS = {"DOSE": "MeV/g/prim", "ENERGY": "MeV/prim", "DLET": "MeV/cm"}
AXIS_NAMES = {
    "Mesh": ("Position (X)", "Position (Y)", "Position (Z)"),
    "Cyl": ("Position (R)", "Position (Z)"),
}
LET_PARTICLES = (
    "all particles that MCsquare transports: primary and secondary protons, deuterons and alphas, "
    "weighted by the energy they deposit"
)
GRIDS = {
    "Energy": ("ENERGY", "MeV/prim", 1 / EV_PER_MEV),
    "Dose": ("DOSE", "MeV/g/prim", 1 / EV_PER_MEV),
    "LET": ("DLET", "MeV/cm", KEV_UM_TO_MEV_CM),
}
"""What the engine's own grids hold, their unit, and what turns its unit into that."""


def merge(outputs: Sequence[TaskOutput], files: Mapping[str, bytes]) -> list[Estimator]:
    """Return the estimators of a job from what its tasks kept; SimulationFailed without any."""
    if not outputs:
        raise SimulationFailed("no task left any results")
    if SCORING in files:
        return _merge_project(outputs, files[SCORING])
    return _merge_grids(outputs)


def _merge_project(outputs: Sequence[TaskOutput], text: bytes) -> list[Estimator]:
    scoring = read_scoring(text)
    means: dict[tuple[int, str], RatioOfMeans] = {
        (index, item.quantity): RatioOfMeans()
        for index, output in enumerate(scoring.outputs)
        for item in output.quantities
    }
    primaries, masses = 0, list[Floats]()
    for task in outputs:
        with _load(task) as sums:
            weight = _ran(task, sums)
            primaries += weight
            for (index, quantity), mean in means.items():
                mean.add(weight, *_ratio(sums, index, quantity))
            masses = [sums[f"mass_{index}"] for index in range(len(scoring.outputs))]
    metadata = _of_the_run(len(outputs), primaries)
    if scoring.left_out:
        metadata["left_out"] = "; ".join(scoring.left_out)
    return [
        _estimator(
            output,
            [means[index, item.quantity] for item in output.quantities],
            masses[index],
            metadata,
        )
        for index, output in enumerate(scoring.outputs)
    ]


def _ran(task: TaskOutput, sums: Any) -> int:
    """Return how many primaries a task ran, by which the engine has normalised."""
    return int(sums[PRIMARIES][0]) if PRIMARIES in sums else task.primaries


def _of_the_run(tasks: int, primaries: int) -> dict[str, str]:
    """Return metadata that say what ran, and what errors of so many tasks mean."""
    metadata = {"simulator": "mcsquare", "tasks": str(tasks), "primaries": str(primaries)}
    if tasks < 2:
        return {**metadata, "errors": "unknown: it takes two tasks or more"}
    one, two = student_factor(tasks), student_factor(tasks, 0.95)
    return {
        **metadata,
        "errors": f"standard errors of means over {tasks} tasks; multiply by Student's factor "
        f"{one:.3g} to cover 68 %, by {two:.3g} to cover 95 %",
        "student_factor_68": f"{one:.4f}",
        "student_factor_95": f"{two:.4f}",
    }


def _ratio(sums: Any, index: int, quantity: str) -> tuple[Floats, Floats]:
    """Return numerator and denominator of a quantity, shape (bins,) each."""
    energy = sums[f"energy_{index}"]
    if quantity == "DOSE":
        return energy, sums[f"mass_{index}"]
    if quantity == "DLET":
        return sums[f"let_energy_{index}"], energy
    return energy, np.ones_like(energy)


def _estimator(
    output: ScoredOutput,
    means: Sequence[RatioOfMeans],
    masses: Floats,
    metadata: Mapping[str, str],
) -> Estimator:
    axes = _axes(output.region)
    pages = [
        _page(number, item.name, item.quantity, UNITS[item.quantity], axes, mean, masses > 0)
        for number, (item, mean) in enumerate(zip(output.quantities, means, strict=True))
    ]
    region = {"geometry": output.region.kind, "geometry_name": output.region.name}
    return Estimator(output.name, pages, {**metadata, **region})


def _page(
    number: int,
    name: str,
    quantity: str,
    unit: str,
    axes: Sequence[Axis],
    mean: RatioOfMeans,
    filled: NDArray[np.bool_] | bool,
) -> Page:
    """Return a page; an error that is not known is not a number (null on the wire).

    In bins without matter nothing can score: there 0 is exact.
    """
    errors, metadata = mean.error(), dict[str, str]()
    if errors is not None:
        errors = np.where(np.isnan(errors) & ~np.asarray(filled), 0.0, errors)
        unknown = int(np.isnan(errors).sum())
        if unknown:
            metadata["bins_of_unknown_error"] = str(unknown)
            metadata["unknown_errors"] = "fewer than two tasks had a hit there"
    if quantity == "DLET":
        name = f"{name} (all transported particles)"
        metadata["averaged_over"] = LET_PARTICLES
    listed = None if errors is None else errors.tolist()
    return Page(number, name, quantity, unit, mean.value().tolist(), axes, listed, metadata)


def _axes(region: Region) -> list[Axis]:
    """Return the axes with more than one bin, as SHIELD-HIT12A shows them."""
    names = AXIS_NAMES.get(region.kind, ())
    return [
        Axis(name, "cm", (low + (np.arange(count) + 0.5) * (high - low) / count).tolist())
        for name, (low, high, count) in zip(names, region.edges, strict=True)
        if count > 1
    ]


def _merge_grids(outputs: Sequence[TaskOutput]) -> list[Estimator]:
    with _load(outputs[0]) as first:
        names = [name for name in first.files if name in GRIDS]
        grids = {name: first[f"{name}_grid"] for name in names}
    means = {name: RatioOfMeans() for name in names}
    primaries = 0
    for task in outputs:
        with _load(task) as sums:
            weight = _ran(task, sums)
            primaries += weight
            for name, mean in means.items():
                values = sums[name] * GRIDS[name][2]
                mean.add(weight, values, np.ones_like(values))
    metadata = _of_the_run(len(outputs), primaries)
    return [_grid_estimator(name, grids[name], means[name], metadata) for name in names]


def _grid_estimator(
    name: str, grid: Floats, mean: RatioOfMeans, metadata: Mapping[str, str]
) -> Estimator:
    quantity, unit, _ = GRIDS[name]
    axes = [
        Axis(label, "cm", (start + (np.arange(int(count)) + 0.5) * spacing).tolist())
        for label, (start, spacing, count) in zip(AXIS_NAMES["Mesh"], grid, strict=True)
    ]
    return Estimator(name, [_page(0, quantity, quantity, unit, axes, mean, filled=True)], metadata)


def _load(task: TaskOutput) -> Any:
    path = task.folder / REDUCED
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SimulationFailed(f"{path.name} of a task can't be read: {error}") from error
