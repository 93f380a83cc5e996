"""What all processes of a run take together."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from adapters.executors.local_process.launching.process_tree import children, descendants

PRIVATE = ("RssAnon:", "RssShmem:", "VmSwap:")
"""Memory of /proc/PID/status that is no file's; pages that a fork shares stand in both."""

PROPORTIONAL = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")
"""The same of /proc/PID/smaps_rollup, shared pages divided by those who share them: exact, slow."""


def processes_of(keeper: int) -> list[int]:
    """Return the processes of a run, wherever in it they are: all are below its keeper."""
    return descendants(children(keeper))


def exceeds_memory(processes: Iterable[int], most: int) -> bool:
    """Say whether processes together hold more than `most` MiB in memory and swap."""
    processes = list(processes)
    if _mebibytes(processes, _private) <= most:
        return False
    return _mebibytes(processes, _proportional) > most


def _mebibytes(processes: Iterable[int], of_one: Callable[[int], int]) -> float:
    return sum(map(of_one, processes)) / 1024


def _private(pid: int) -> int:
    return _kibibytes(pid, "status", PRIVATE)


def _proportional(pid: int) -> int:
    """Return the exact figure, the other where a process keeps its mappings to itself."""
    return _kibibytes(pid, "smaps_rollup", PROPORTIONAL) or _private(pid)


def _kibibytes(pid: int, name: str, fields: tuple[str, ...]) -> int:
    """Return the sum of some fields, nothing for a process that is gone."""
    with suppress(OSError):
        text = Path(os.sep, "proc", str(pid), name).read_text()
        return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(fields))
    return 0
