"""Whether a process that leads a group has ended, and the end of all of it.

The number of a process is its own until somebody has waited for it: only so long is its group
certain to be its own too.
"""

import os
import signal
import subprocess
from contextlib import suppress
from typing import Any

from tests.waiting import LONGEST

Process = subprocess.Popen[Any]


def has_ended(process: Process) -> bool:
    """Say whether a process has ended; what it left in its group is ended then too."""
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    # Another thread may have waited for it.
    with suppress(ChildProcessError):
        if process.returncode is None and os.waitid(os.P_PID, process.pid, options):
            kill_group(process)
    return process.poll() is not None


def kill_group(process: Process) -> None:
    """End a process and its group, unless it has been waited for: then others may have its number."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(LONGEST)
