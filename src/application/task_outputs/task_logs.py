"""The logs of tasks: what is kept of them, and how those of good runs travel with the outputs.

A worker reports the logs of a task that failed by themselves. Those of a good run wait with its
outputs and are handed in by whoever merges, once the results are: nobody waits for them.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

LONGEST_OF_FAILURE = 1 << 20
"""How much is kept of each log of a task that failed, in bytes."""

LONGEST_OF_SUCCESS = 64 << 10
"""The same of a good run, of which nobody wants to know what happened."""

LONGEST_OF_JOB = 16 << 20
"""How much is kept of the good runs of one job together, however many tasks it has."""

LONGEST_OF_PARTIAL = 1 << 20
"""The same while the job goes on, where they may be handed in again and again."""

KEPT = "task_logs.json"
"""The file beside a task's outputs that holds its logs."""

MOST_AT_ONCE = 2 << 20
"""Text that is handed in with one message; as JSON it may become six times as long."""


def read_logs(index: int, paths: Iterable[Path], longest: int) -> dict[str, str]:
    """Return the end of each log of task `index` that exists, by a name of its own in the job."""
    return {
        f"task_{index:04d}_{path.name}": _end_of(path, longest)
        for path in paths
        if path.is_file() and not path.is_symlink()
    }


def failure_logs(index: int, reason: str, paths: Iterable[Path]) -> dict[str, str]:
    """Return what is kept of a task that failed: why, and its logs."""
    return {
        f"task_{index:04d}_error.log": reason,
        **read_logs(index, paths, LONGEST_OF_FAILURE),
    }


def with_logs(
    index: int, outputs: Sequence[Path], logs: Iterable[Path], folder: Path
) -> Sequence[Path]:
    """Write the logs of a good run into `folder` and return the outputs with them.

    Without them where that can't be done: outputs are worth more than logs.
    """
    if any(path.name == KEPT for path in outputs):
        return outputs
    try:
        found = read_logs(index, logs, LONGEST_OF_SUCCESS)
        if not found:
            return outputs
        (folder / KEPT).write_text(json.dumps(found))
    except OSError:
        return outputs
    return [*outputs, folder / KEPT]


def kept_logs(folders: Sequence[Path], longest_of_all: int = LONGEST_OF_JOB) -> dict[str, str]:
    """Return the logs that lie with the outputs of tasks, fewer bytes of each if there are many."""
    found: dict[str, str] = {}
    for folder in folders:
        logs = _kept(folder / KEPT)
        longest = max(1, longest_of_all // (len(folders) * max(1, len(logs))))
        found |= {name: last_part(text.encode(), longest) for name, text in logs.items()}
    return found


def in_portions(logs: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Yield all logs, as many together as one message takes."""
    portion: dict[str, str] = {}
    size = 0
    for name, text in logs.items():
        if portion and size + len(text) > MOST_AT_ONCE:
            yield portion
            portion, size = {}, 0
        portion[name] = text
        size += len(text)
    if portion:
        yield portion


def last_part(text: bytes, longest: int, before: int = 0) -> str:
    """Return the end of a log, saying what is missing; `before` bytes of it were not even read."""
    missing = before + max(0, len(text) - longest)
    shown = text[-longest:].decode("utf-8", "replace")
    return f"[{missing} bytes before this are not kept]\n{shown}" if missing else shown


def _end_of(path: Path, longest: int) -> str:
    with path.open("rb") as file:
        before = max(0, path.stat().st_size - longest)
        file.seek(before)
        return last_part(file.read(longest), longest, before)


def _kept(path: Path) -> dict[str, str]:
    """Return logs as they were written; a simulator may have put something else there."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    texts = found.items() if isinstance(found, dict) else ()
    return {name: text for name, text in texts if isinstance(text, str)}
