"""The number of histories of a parameter file, and the files of one task."""

from collections.abc import Sequence

from adapters.simulators.native.numbers import check_primaries, replaced, whole
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
    if not found.texts or not found.found:
        raise InvalidInput("input_files", "TOPAS needs a parameter file (.txt)")
    sources = _sources(found)
    _seed(found)
    shown = "; ".join(found.shown(item) for item, _ in sources)
    return check_primaries(sum(count for _, count in sources), shown)


def task_files(files: InputFiles, primaries: int, seed: int) -> InputFiles:
    """Return the files with a task's histories, shared among the sources as before, and seed."""
    found = ParameterFiles(files)
    sources = _sources(found)
    shares = _shares([count for _, count in sources], primaries)
    changes: list[tuple[Parameter, str]] = [
        (item, str(share)) for (item, _), share in zip(sources, shares, strict=True)
    ]
    number = str((seed - 1) % MOST_SEEDS + 1)
    present = _seed(found)
    if present is not None:
        changes.append((present, number))
    texts = {name: text.splitlines(keepends=True) for name, text in found.texts.items()}
    for item, value in changes:
        lines = texts[item.file]
        lines[item.line] = replaced(lines[item.line], item.start, item.end, value)
    if present is None:
        _append(texts[found.main], f"i:Ts/Seed = {number}")
    changed = {
        name: "".join(lines).encode("utf-8", "surrogateescape") for name, lines in texts.items()
    }
    return {**files, **changed}


def _append(lines: list[str], text: str) -> None:
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += "\n"
    lines.append(text + "\n")


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


def _shares(counts: Sequence[int], primaries: int) -> list[int]:
    """Share primaries in proportion to counts, by largest remainder; none is lost."""
    total = sum(counts)
    shares = [count * primaries // total for count in counts]
    order = sorted(range(len(counts)), key=lambda at: -(counts[at] * primaries % total))
    for at in order[: primaries - sum(shares)]:
        shares[at] += 1
    return shares
