"""The last steps before an engine: between fork and exec, in a process with one thread."""

import errno
import os
import resource
import signal
from collections.abc import Iterable
from typing import NoReturn

from adapters.executors.local_process.confinement.landlock import enter, make_ruleset, prctl
from adapters.executors.local_process.launching.order import EngineOrder, NotStarted

PR_SET_PDEATHSIG = 1
DEADLY = int(signal.SIGKILL)
LONGEST_TROUBLE = 64


def start_engine(order: EngineOrder, output: int) -> int | NotStarted:
    """Start an engine that writes to the file `output`; return its number.

    As much as can be is done before the fork: the child's memory is copied where it is touched.
    """
    try:
        ruleset = make_ruleset(order.places, order.abi) if order.abi else None
    except OSError as error:
        return NotStarted(error.errno or 0, unconfined=True)
    keeper = os.getpid()
    told, telling = os.pipe()
    pid = os.fork()
    if pid == 0:
        _become_engine(order, output, ruleset, keeper, telling)
    for file in (telling, ruleset):
        if file is not None:
            os.close(file)
    # Ends without a word at the moment the engine is there.
    trouble = os.read(told, LONGEST_TROUBLE)
    os.close(told)
    if not trouble:
        return pid
    os.waitpid(pid, 0)
    code, unconfined = map(int, trouble.split())
    return NotStarted(code, bool(unconfined))


def _become_engine(
    order: EngineOrder, output: int, ruleset: int | None, keeper: int, telling: int
) -> NoReturn:
    unconfined = 0
    try:
        os.setsid()
        die_with(keeper)
        os.chdir(order.folder)
        os.dup2(output, 1)
        os.dup2(output, 2)
        limit(order.limits)
        if ruleset is not None:
            unconfined = 1
            enter(ruleset)
            unconfined = 0
        os.execve(order.executable, order.argv, order.environment)  # noqa: S606 - no shell is meant
    except Exception as error:
        code = getattr(error, "errno", None) or errno.ENOMEM
        os.write(telling, f"{code} {unconfined}".encode())
    finally:
        os._exit(127)


def die_with(keeper: int) -> None:
    """Have the system kill this process when its keeper is killed, also if that was just now."""
    prctl(PR_SET_PDEATHSIG, DEADLY, 0, 0, 0)
    if os.getppid() != keeper:
        os._exit(127)


def limit(limits: Iterable[tuple[int, int]]) -> None:
    """Limit what this process may take, never above what it was left before."""
    for kind, value in limits:
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
