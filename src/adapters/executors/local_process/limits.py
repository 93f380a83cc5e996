"""What a simulator may take of the machine: what users send decides what it does."""

import resource
from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one run: memory and files in MiB, time in seconds; None means no limit.

    Memory is what is written to, not address space: engines reserve far more of that than they
    use. File size and open files hold for each process, the others for the whole run.
    """

    memory: int | None = 16384
    file_size: int | None = 16384
    open_files: int | None = 1024
    processes: int | None = 256
    seconds: float | None = 7 * 86400.0


def process_limits(limits: Limits) -> list[tuple[int, int]]:
    """Return what the system itself limits, as pairs of a resource and its value.

    No process may have more memory than the whole run.
    """
    wanted = (
        (resource.RLIMIT_DATA, _bytes(limits.memory)),
        (resource.RLIMIT_FSIZE, _bytes(limits.file_size)),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_CORE, 0),
    )
    return [(kind, value) for kind, value in wanted if value is not None]


def _bytes(mebibytes: int | None) -> int | None:
    return None if mebibytes is None else mebibytes * MIB
