"""A small process that outlives a killed worker long enough to end what the worker had started.

It reads lines `+GROUP START` and `-GROUP` from its standard input. When the worker dies, however
it dies, the pipe ends; then every group that is still listed is killed. START is the start time
of the group's leader, so that a number used again by somebody else's process is left alone.
Run as a plain script: it imports nothing of ours.
"""

import os
import signal
import sys
from contextlib import suppress


def start_time(pid: int) -> str:
    """Return when a process started, in the system's own ticks; empty where that isn't told."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            # The name in brackets may hold spaces and brackets: count from its end.
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def main() -> None:
    """Remember process groups until the pipe ends, then kill those that are left."""
    groups: dict[int, str] = {}
    for line in sys.stdin:
        group, _, started = line[1:].strip().partition(" ")
        if line[0] == "+":
            groups[int(group)] = started
        else:
            groups.pop(int(group), None)
    for group, started in groups.items():
        if start_time(group) in ("", started):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
