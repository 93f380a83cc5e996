"""The launcher: a small process with one thread from which all engines of a worker are started.

A worker has threads, between whose fork and exec little is safe, and Landlock's rules hold for a
thread and what it starts. A fresh interpreter for each task would be safe too, but slower. The
launcher forks keepers, as many as there are runs at once; each is the parent of its engines and has
a line of its own to the worker: when the launcher is killed, runs go on, and the worker starts
another. When a keeper is killed, what it leaves behind comes to the launcher, which ends it.
"""

import gc
import os
import select
import signal
import socket
import time
from contextlib import suppress
from types import FrameType

from adapters.executors.local_process.confinement.system_calls import make_ready
from adapters.executors.local_process.launching.keeper import (
    adopt_orphans,
    keep,
    wake_for_children,
)
from adapters.executors.local_process.launching.order import Precautions, read, received_with_file
from adapters.executors.local_process.launching.process_tree import children, end_tree

KEEPERS_SECONDS = 5.0
"""How long keepers may take to end their runs once the worker is gone, before we do it."""

SURVIVED = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGCHLD,
    # Python begins by ignoring these.
    signal.SIGPIPE,
    signal.SIGXFSZ,
)


def main() -> None:
    """Fork what the worker asks for on standard input, until it is gone or closes it."""
    for number in SURVIVED:
        # Not ignored: an engine would inherit that, while what is caught is as usual for it.
        signal.signal(number, _nothing)
    adopt_orphans()
    make_ready()
    # What forks share must not be written to: each page of it would be copied.
    gc.disable()
    gc.freeze()
    Launcher(socket.socket(fileno=0), wake_for_children()).serve()


def _nothing(number: int, frame: FrameType | None) -> None:
    """Let a signal wake us, no more."""


class Launcher:
    """Forks keepers, and ends what one that was killed has left behind."""

    def __init__(self, worker: socket.socket, woken: int) -> None:
        self._worker = worker
        self._woken = woken
        self._keepers: set[int] = set()

    def serve(self) -> None:
        """Fork keepers to the end, then see that no run is left."""
        poll = select.poll()
        for source in (self._worker, self._woken):
            poll.register(source, select.POLLIN)
        serving = True
        while serving:
            ready = {number for number, _ in poll.poll()}
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap()
            if self._worker.fileno() in ready:
                serving = self._fork()
        self._finish()

    def _fork(self) -> bool:
        """Fork a keeper that has the file that came as its line; False when the worker is gone."""
        text, line = received_with_file(self._worker)
        if not text or line is None:
            return False
        pid = os.fork()
        if pid == 0:
            self._become_keeper(text, line)
        self._keepers.add(pid)
        os.close(line)
        return True

    def _become_keeper(self, text: bytes, line: int) -> None:
        code = 1
        try:
            # Its place is taken at once: what is opened next must not become standard input.
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, self._worker.detach())
            os.close(nothing)
            precautions = read(text)
            assert isinstance(precautions, Precautions)
            keep(socket.socket(fileno=line), precautions)
            code = 0
        finally:
            os._exit(code)

    def _reap(self) -> None:
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self._keepers.discard(pid)
                if status != 0:
                    self._end_orphans()

    def _end_orphans(self) -> None:
        """End what came to us from a keeper that was killed."""
        while orphans := [pid for pid in children(os.getpid()) if pid not in self._keepers]:
            end_tree(orphans)
            for pid in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def _finish(self) -> None:
        """Wait for the keepers, who see by themselves that the worker is gone."""
        deadline = time.monotonic() + KEEPERS_SECONDS
        while self._keepers and (left := deadline - time.monotonic()) > 0:
            if select.select([self._woken], [], [], left)[0]:
                os.read(self._woken, 4096)
            self._reap()
        end_tree(children(os.getpid()))
