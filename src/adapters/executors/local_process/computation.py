"""Compute in processes of their own, which are ended when they take too much or are not wanted."""

import os
import pickle
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn, TypeVar

import msgspec

from adapters.executors.local_process import computation_program as program
from adapters.executors.local_process.confinement.landlock import Place
from adapters.executors.local_process.confinement.places import of_python
from adapters.executors.local_process.limits import Limits, process_limits
from domain.errors import (
    ComputationFailed,
    ComputationLost,
    ComputationUnwanted,
    InvalidInput,
    SimulationFailed,
)

T = TypeVar("T")

ASK_SECONDS = 1.0
LARGEST_KEPT = 512 << 20
"""A process that holds more memory than this when its work is done is not used again."""


class ProcessComputation:
    """Computation port; safe to use from several threads, each has a process while it computes.

    Processes are used again: to start one takes a third of a second, to ask one a fifth of a
    millisecond. `places` is what they may reach where `abi` of Landlock is not 0, besides what
    Python needs; `modules` are loaded when one starts.
    """

    def __init__(
        self,
        limits: Limits,
        modules: Sequence[str] = (),
        places: Sequence[Place] = (),
        abi: int = 0,
    ) -> None:
        self._seconds = limits.seconds
        reached = [*of_python(), *places] if abi else []
        self._bounds = program.Bounds(process_limits(limits), reached, abi, modules)
        self._lock = threading.Lock()
        self._idle: list[_Process] = []

    def start(self, processes: int) -> None:
        """Start so many processes now, so that the first work need not wait for them."""
        started = [_Process(self._bounds) for _ in range(processes)]
        with self._lock:
            self._idle += started

    def run(self, work: Callable[[], T], returns: type[T], wanted: Callable[[], bool]) -> T:
        """Compute `work` in a process of its own and return its value."""
        with self._lock:
            process = self._idle.pop() if self._idle else None
        if process is None or not process.alive:
            process = _Process(self._bounds)
        try:
            reply = process.ask(pickle.dumps(work), wanted, self._seconds)
        except BaseException:
            process.end()
            raise
        self._put_back(process)
        if reply.failed:
            _raise(reply)
        return msgspec.msgpack.decode(reply.value, type=returns, dec_hook=_made)

    def close(self) -> None:
        """End all processes that compute nothing."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.end()

    def _put_back(self, process: "_Process") -> None:
        if process.memory() > LARGEST_KEPT:
            process.end()
            return
        with self._lock:
            self._idle.append(process)


class _Process:
    def __init__(self, bounds: program.Bounds) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    program.__name__,
                    str(theirs.fileno()),
                    str(os.getpid()),
                ],
                # Nothing else of our environment: it holds secrets.
                env={"PYTHONPATH": os.pathsep.join(sys.path), "LANG": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._connection = Connection(ours.detach())
        with suppress(OSError):
            self._connection.send(bounds)

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, work: bytes, wanted: Callable[[], bool], seconds: float | None) -> program.Reply:
        began = time.monotonic()
        try:
            self._connection.send_bytes(work)
            while not self._connection.poll(ASK_SECONDS):
                if not wanted():
                    raise ComputationUnwanted("nobody wants this any more")
                if seconds is not None and time.monotonic() - began > seconds:
                    raise ComputationFailed(
                        f"it was ended: it took longer than {seconds / 3600:g} h, the limit here"
                    )
            return msgspec.msgpack.decode(self._connection.recv_bytes(), type=program.Reply)
        except (EOFError, OSError) as error:
            raise ComputationLost("the process that computed it was killed") from error

    def memory(self) -> int:
        """Return the bytes that it holds, 0 where that can't be told."""
        with suppress(OSError, ValueError, IndexError):
            pages = Path(f"/proc/{self._process.pid}/statm").read_text().split()[1]
            return int(pages) * os.sysconf("SC_PAGE_SIZE")
        return 0

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._connection.close()


def _made(kind: type, value: object) -> object:
    """Return what MessagePack has no word for."""
    return kind(value)


def _raise(reply: program.Reply) -> NoReturn:
    if reply.failed == program.REFUSED:
        raise InvalidInput(reply.field, reply.text)
    if reply.failed == program.FAILED:
        raise SimulationFailed(reply.text)
    if reply.failed == program.MISSING:
        raise FileNotFoundError(reply.number, reply.text)
    if reply.failed == program.SYSTEM:
        raise OSError(reply.number, reply.text)
    raise ComputationFailed(reply.text)
