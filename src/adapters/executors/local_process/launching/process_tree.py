"""The processes below a process, and how to end them all though they go on multiplying."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress


def children(pid: int) -> list[int]:
    """Return the children of a process, of all its threads; none when it is gone."""
    found: list[int] = []
    with suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def descendants(roots: Iterable[int]) -> list[int]:
    """Return `roots` and all that is below them, parents before their children."""
    found = list(roots)
    for pid in found:
        found += children(pid)
    return found


def signal_each(pids: Iterable[int], number: int) -> None:
    """Send a signal to those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def end_tree(roots: Iterable[int]) -> None:
    """Kill `roots` and all below them. They are frozen first, so that none can escape by a fork."""
    roots, seen = list(roots), set[int]()
    while fresh := [pid for pid in descendants(roots) if pid not in seen]:
        signal_each(fresh, signal.SIGSTOP)
        seen.update(fresh)
    signal_each(seen, signal.SIGKILL)
