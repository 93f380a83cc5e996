"""Which page of which output file is which quantity of a project, kept beside the input.

A file `outputs.json` goes through the job with the input files. It is what makes a merged
estimator bear the name of the project's output, in the project's order, whatever the simulator
called its files.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from adapters.simulators.scored_output.merging import (
    MergedFile,
    MergedPage,
    ReadFile,
    merge_files,
    read_with_pymchelper,
)
from application.ports.simulator import TaskOutput
from domain.errors import SimulationFailed
from domain.estimator import Estimator, Page

OUTPUTS = "outputs.json"

FindFile = Callable[[TaskOutput, str], Path | None]
"""Returns a task's file by the name the plan has for it; None where the task has none."""


class PlannedPage(msgspec.Struct, frozen=True):
    """A quantity: its name in the project, the file it is in and its place there from 0.

    `told` holds what the file must say of the page (filter, title, geometry) where it says so.
    Values are multiplied by `scale`; a `unit` stands in place of the one the file tells.
    """

    name: str
    file: str
    number: int = 0
    told: dict[str, str] = {}
    scale: float = 1.0
    unit: str = ""


class PlannedOutput(msgspec.Struct, frozen=True):
    """An output of a project."""

    name: str
    pages: list[PlannedPage]


class Plan(msgspec.Struct, frozen=True):
    """All outputs in the project's order, and what was left out of it on request."""

    outputs: list[PlannedOutput]
    left_out: list[str] = []

    def text(self) -> bytes:
        """Return the plan as the text of its file."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1)


def read_plan(text: bytes) -> Plan:
    """Return a plan from its file; SimulationFailed if somebody broke it."""
    try:
        return msgspec.json.decode(text, type=Plan)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SimulationFailed(f"{OUTPUTS} is not what was made from the project") from error


def merge_plan(
    plan: Plan,
    outputs: Sequence[TaskOutput],
    find: FindFile,
    simulator: str,
    read: ReadFile = read_with_pymchelper,
) -> list[Estimator]:
    """Return the estimators of a project; one whose files no task has is left out.

    SimulationFailed when none is left, or when a file says that a page is something else.
    """
    estimators = [
        found
        for planned in plan.outputs
        if (found := _estimator(plan, planned, outputs, find, simulator, read)) is not None
    ]
    if not estimators:
        raise SimulationFailed("no task left any results")
    return estimators


def merge_by_file(
    names: Sequence[str],
    outputs: Sequence[TaskOutput],
    find: FindFile,
    simulator: str,
    read: ReadFile = read_with_pymchelper,
) -> list[Estimator]:
    """Return an estimator for each file, named after it; SimulationFailed if there are none."""
    merged = [(name, merge_files(_parts(outputs, find, name), read)) for name in names]
    estimators = [
        Estimator(name, [item.page for item in found.pages], _metadata(simulator, found))
        for name, found in merged
        if found is not None
    ]
    if not estimators:
        raise SimulationFailed("no task left any results")
    return estimators


def _estimator(
    plan: Plan,
    planned: PlannedOutput,
    outputs: Sequence[TaskOutput],
    find: FindFile,
    simulator: str,
    read: ReadFile,
) -> Estimator | None:
    names = dict.fromkeys(page.file for page in planned.pages)
    found = {name: merge_files(_parts(outputs, find, name), read) for name in names}
    pages = [
        _named(number, page, _chosen(page, merged))
        for number, page in enumerate(planned.pages)
        if (merged := found[page.file]) is not None
    ]
    merged_files = [item for item in found.values() if item is not None]
    if not merged_files:
        return None
    metadata = _metadata(simulator, merged_files[0])
    if plan.left_out:
        metadata["left_out"] = "; ".join(plan.left_out)
    return Estimator(planned.name, pages, metadata)


def _parts(outputs: Sequence[TaskOutput], find: FindFile, name: str) -> Iterator[tuple[Path, int]]:
    """Yield the file of each task that has it: a task without it weighs nothing."""
    for output in outputs:
        path = find(output, name)
        if path is not None:
            yield path, output.primaries


def _chosen(planned: PlannedPage, merged: MergedFile) -> MergedPage:
    if planned.number < len(merged.pages):
        found = merged.pages[planned.number]
        if _agrees(planned.told, found.told):
            return found
    raise SimulationFailed(f"{planned.file}: page {planned.number} is not {planned.name!r}")


def _agrees(expected: Mapping[str, str], told: Mapping[str, str]) -> bool:
    return all(told.get(word, value) == value for word, value in expected.items())


def _named(number: int, planned: PlannedPage, found: MergedPage) -> Page:
    page = found.page
    return replace(
        page,
        number=number,
        name=planned.name,
        unit=planned.unit or page.unit,
        values=_scaled(page.values, planned.scale),
        errors=None if page.errors is None else _scaled(page.errors, abs(planned.scale)),
    )


def _scaled(values: Sequence[float], scale: float) -> Sequence[float]:
    return values if scale == 1.0 else [value * scale for value in values]


def _metadata(simulator: str, found: MergedFile) -> dict[str, str]:
    return {
        **found.metadata,
        "simulator": simulator,
        "tasks": str(found.tasks),
        "primaries": str(found.primaries),
    }
