"""Merge what the tasks of a job scored into estimators."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adapters.simulators.mcsquare.grid import Floats
from adapters.simulators.mcsquare.reduction import EV_PER_MEV, KEV_UM_TO_MEV_CM, REDUCED
from adapters.simulators.mcsquare.scoring import SCORING, Region, ScoredOutput, read_scoring
from adapters.simulators.mcsquare.statistics import RatioOfMeans
from application.ports.simulator import TaskOutput
from domain.errors import SimulationFailed
from domain.estimator import Axis, Estimator, Page

UNITS = {"DOSE": "MeV/g/prim", "ENERGY": "MeV/prim", "DLET": "MeV/cm"}
AXIS_NAMES = {
    "Mesh": ("Position (X)", "Position (Y)", "Position (Z)"),
    "Cyl": ("Position (R)", "Position (Z)"),
}
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
    for task in outputs:
        with _load(task) as sums:
            for (index, quantity), mean in means.items():
                mean.add(task.primaries, *_ratio(sums, index, quantity))
    metadata = {"simulator": "mcsquare", "tasks": str(len(outputs))}
    metadata["primaries"] = str(sum(task.primaries for task in outputs))
    if scoring.left_out:
        metadata["left_out"] = "; ".join(scoring.left_out)
    return [
        _estimator(output, [means[index, item.quantity] for item in output.quantities], metadata)
        for index, output in enumerate(scoring.outputs)
    ]


def _ratio(sums: Any, index: int, quantity: str) -> tuple[Floats, Floats]:
    """Return numerator and denominator of a quantity, shape (bins,) each."""
    energy = sums[f"energy_{index}"]
    if quantity == "DOSE":
        return energy, sums[f"mass_{index}"]
    if quantity == "DLET":
        return sums[f"let_energy_{index}"], energy
    return energy, np.ones_like(energy)


def _estimator(
    output: ScoredOutput, means: Sequence[RatioOfMeans], metadata: Mapping[str, str]
) -> Estimator:
    axes = _axes(output.region)
    pages = [
        Page(
            number=number,
            name=item.name,
            quantity=item.quantity,
            unit=UNITS[item.quantity],
            values=mean.value().tolist(),
            axes=axes,
            errors=_listed(mean.error()),
        )
        for number, (item, mean) in enumerate(zip(output.quantities, means, strict=True))
    ]
    region = {"geometry": output.region.kind, "geometry_name": output.region.name}
    return Estimator(output.name, pages, {**metadata, **region})


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
    for task in outputs:
        with _load(task) as sums:
            for name, mean in means.items():
                values = sums[name] * GRIDS[name][2]
                mean.add(task.primaries, values, np.ones_like(values))
    return [_grid_estimator(name, grids[name], means[name]) for name in names]


def _grid_estimator(name: str, grid: Floats, mean: RatioOfMeans) -> Estimator:
    quantity, unit, _ = GRIDS[name]
    axes = [
        Axis(label, "cm", (start + (np.arange(int(count)) + 0.5) * spacing).tolist())
        for label, (start, spacing, count) in zip(AXIS_NAMES["Mesh"], grid, strict=True)
    ]
    values, errors = mean.value().tolist(), _listed(mean.error())
    page = Page(0, quantity, quantity, unit, values, axes, errors)
    return Estimator(name, [page], {"simulator": "mcsquare"})


def _load(task: TaskOutput) -> Any:
    path = task.folder / REDUCED
    try:
        return np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise SimulationFailed(f"{path.name} of a task can't be read: {error}") from error


def _listed(errors: Floats | None) -> list[float] | None:
    return None if errors is None else errors.tolist()
