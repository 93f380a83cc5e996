"""The number of histories of a parameter file, and the files of one task."""

from collections.abc import Callable

from adapters.simulators.native.numbers import check_primaries, replaced, whole
from adapters.simulators.native.shares import shares
from adapters.simulators.topas.parameters import Parameter, ParameterFiles
from application.ports.simulator import InputFiles
from domain.errors import InvalidInput

HISTORIES = r"So/[^/]+/NumberOfHistoriesInRun"
SEED = r"Ts/Seed"
MOST_SEEDS = 2**31 - 1
MOST_HISTORIES = 2**31 - 1
"""What an integer parameter of TOPAS holds."""


def total_primaries(files: InputFiles) -> int:
    """Return the histories of all sources together."""
    found = ParameterFiles(files)
    if found.is_empty:
        raise InvalidInput("input_files", "TOPAS needs a parameter file (.txt)")
    sources = _sources(found)
    _seed(found)
    shown = "; ".join(found.shown(item) for item, _ in sources)
    return check_primaries(sum(count for _, count in sources), shown)


def task_files(files: InputFiles, primaries: int, seed: int) -> InputFiles:
    """Return the files with a task's histories, shared among the sources as before, and seed."""
    found = ParameterFiles(files)
    sources = _sources(found)
    parts = shares([count for _, count in sources], primaries)
    changes: list[tuple[Parameter, str]] = [
        (item, str(share)) for (item, _), share in zip(sources, parts, strict=True)
    ]
    number = str((seed - 1) % MOST_SEEDS + 1)
    present = _seed(found)
    if present is not None:
        changes.append((present, number))
    texts = found.texts
    changed: dict[str, dict[int, Callable[[str], str]]] = {}
    for item, value in changes:
        changed.setdefault(item.file, {})[item.line] = _with_value(item, value)
    before: dict[str, dict[int, str]] = {}
    if present is None:
        # Behind the last line of the file that TOPAS is started with.
        before[found.main] = {len(texts[found.main].whole_lines): f"i:Ts/Seed = {number}"}
    touched = {*changed, *before}
    written = {
        name: texts[name].with_lines(changed.get(name, {}), before.get(name)) for name in touched
    }
    return {**files, **written}


def _with_value(item: Parameter, value: str) -> Callable[[str], str]:
    return lambda line: replaced(line, item.start, item.end, value)


def _sources(found: ParameterFiles) -> list[tuple[Parameter, int]]:
    """Return the sources' parameters and values; InvalidInput shows what is no number."""
    sources = []
    for item in found.named(HISTORIES):
        count = whole(item.value)
        if count is None or count < 0:
            reason = "the number of histories must be a whole number, not an expression"
            raise InvalidInput("input_files", f"{reason}: {found.shown(item)}")
        sources.append((item, count))
    if not sources:
        raise InvalidInput("input_files", "no source sets i:So/NAME/NumberOfHistoriesInRun")
    return sources


def _seed(found: ParameterFiles) -> Parameter | None:
    seeds = found.named(SEED)
    if seeds and whole(seeds[0].value) is None:
        raise InvalidInput("input_files", f"the seed is no number: {found.shown(seeds[0])}")
    return seeds[0] if seeds else None
