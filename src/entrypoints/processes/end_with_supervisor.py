"""End together with the process that started this one, however that ends."""

import ctypes
import os
import signal
import sys

SUPERVISOR = "YAPTIDE_SUPERVISOR"
"""The number of the process whose end is ours, where there is one."""

PR_SET_PDEATHSIG = 1


def end_with_supervisor() -> None:
    """Have the system send us SIGTERM when our supervisor dies, also when it is killed.

    Linux only; elsewhere a supervisor that is killed leaves its processes behind.
    """
    supervisor = os.environ.pop(SUPERVISOR, "")
    if not supervisor or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != int(supervisor):
        # It died before we could ask for the signal.
        os.kill(os.getpid(), signal.SIGTERM)
