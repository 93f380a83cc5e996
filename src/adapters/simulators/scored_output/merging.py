"""Merge the same output file of many tasks, reading one task at a time."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pymchelper.input_output import AggregationType

from adapters.simulators.scored_output.aggregates import Aggregate, aggregate_for
from adapters.simulators.scored_output.reading import (
    PHASE_SPACE_COLUMNS,
    phase_space_axes,
    read_file,
)
from adapters.simulators.scored_output.scored_file import ScoredFile, ScoredPage
from domain.errors import SimulationFailed
from domain.estimator import Page

MOST_AXES = 3


@dataclass(frozen=True, slots=True)
class MergedPage:
    """A page merged over tasks, with what the file tells of it; its number is its place there."""

    page: Page
    told: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MergedFile:
    """The pages of one output file, the tasks and primaries they were merged from."""

    pages: Sequence[MergedPage]
    tasks: int
    primaries: int
    metadata: Mapping[str, str] = field(default_factory=dict)


ReadFile = Callable[[Path, int], ScoredFile]
"""Reads a file of a task that was asked for so many primaries."""


def read_with_pymchelper(path: Path, primaries: int) -> ScoredFile:
    """Read a file that itself says whatever it is normalised by."""
    del primaries
    return read_file(path)


def merge_files(
    parts: Iterable[tuple[Path, int]], read: ReadFile = read_with_pymchelper
) -> MergedFile | None:
    """Merge files of one estimator, each with the primaries of its task; None without files.

    A task's weight is what its file says was simulated, else what the task was asked for. Only
    one task is in memory at a time, beside the sums. A file whose pages differ from those of
    the first, or that can't be read, raises SimulationFailed.
    """
    merge = _Merge()
    for path, asked in parts:
        found = read(path, asked)
        merge.add(path, found, found.primaries or asked)
    return merge.result()


class _Merge:
    def __init__(self) -> None:
        self._first: ScoredFile | None = None
        self._aggregates: list[Aggregate] = []
        self._tasks = 0
        self._primaries = 0

    def add(self, path: Path, found: ScoredFile, primaries: int) -> None:
        if self._first is None:
            self._first = found
            self._aggregates = [aggregate_for(page.rule) for page in found.pages]
        _check_alike(path, self._first, found)
        self._tasks += 1
        self._primaries += primaries
        for aggregate, page in zip(self._aggregates, found.pages, strict=True):
            aggregate.add(page.values, primaries)

    def result(self) -> MergedFile | None:
        if self._first is None:
            return None
        pages = [
            MergedPage(_page(number, page, aggregate), page.told)
            for number, (page, aggregate) in enumerate(
                zip(self._first.pages, self._aggregates, strict=True)
            )
        ]
        return MergedFile(pages, self._tasks, self._primaries, self._first.metadata)


def _check_alike(path: Path, first: ScoredFile, found: ScoredFile) -> None:
    if _shapes(first) != _shapes(found):
        raise SimulationFailed(f"{path.name} of one task scores something else than in another")


def _shapes(file: ScoredFile) -> list[tuple[str, int, int]]:
    return [
        (page.quantity, page.rule, 0 if _joined(page) else page.values.size) for page in file.pages
    ]


def _joined(page: ScoredPage) -> bool:
    return page.rule is AggregationType.Concatenation


def _page(number: int, page: ScoredPage, aggregate: Aggregate) -> Page:
    values, axes = aggregate.value(), page.axes
    if _joined(page):
        axes = phase_space_axes(values.size // PHASE_SPACE_COLUMNS)
    if len(axes) > MOST_AXES:
        raise SimulationFailed(f"{page.quantity} has {len(axes)} axes; at most 3 can be shown")
    errors = aggregate.error()
    if errors is None:
        # Nothing to compare: there is one task, which may know its errors by itself.
        errors = page.errors
    return Page(
        number=number,
        name=page.quantity,
        quantity=page.quantity,
        unit=page.unit,
        values=values.tolist(),
        axes=axes,
        errors=None if errors is None else errors.tolist(),
        metadata=dict(page.told),
    )
