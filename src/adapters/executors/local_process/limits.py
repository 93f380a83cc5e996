"""What a simulator may take of the machine: what users send decides what it does."""

import os
import resource
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run: memory and files in MiB, time in seconds; None means no limit.

    Memory is what a process may write to, not its address space: engines reserve far more of that
    than they use. Memory and file size hold for each process, the others for the whole run.
    """

    memory: int | None = 16384
    file_size: int | None = 16384
    open_files: int | None = 1024
    processes: int | None = 256
    seconds: float | None = 7 * 86400.0


def apply_limits(pid: int, limits: Limits) -> None:
    """Limit a process that was just started, and with it those that it starts itself.

    Set from outside: code between fork and exec is not safe in a program with threads.
    """
    wanted = (
        (resource.RLIMIT_DATA, _bytes(limits.memory)),
        (resource.RLIMIT_FSIZE, _bytes(limits.file_size)),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    )
    # It may have ended already.
    with suppress(ProcessLookupError):
        for kind, value in wanted:
            if value is not None:
                _lower(pid, kind, value)


def processes_of(group: int) -> int:
    """Return how many processes a process group has.

    RLIMIT_NPROC would count all processes of the user, ours and other runs' among them.
    """
    return sum(_group_of(entry) == group for entry in Path("/proc").iterdir())


def _lower(pid: int, kind: int, value: int) -> None:
    _, hard = resource.prlimit(pid, kind)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.prlimit(pid, kind, (value, value))


def _bytes(mebibytes: int | None) -> int | None:
    return None if mebibytes is None else mebibytes * MIB


def _group_of(entry: Path) -> int | None:
    if not entry.name.isdecimal():
        return None
    try:
        return os.getpgid(int(entry.name))
    except OSError:
        return None
