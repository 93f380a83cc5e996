"""The keeper of a run: its engine's parent, who lets nothing of it outlive the run.

Whatever the engine starts stays below the keeper, also what leaves its group and its parents: the
system hands orphans to the nearest ancestor that asked for them. Where Landlock has scopes, the
keeper lives in one, with the engine in a narrower one inside it: so it reaches all of the run with
one signal that no fork escapes, and the engine can't signal its keeper. A keeper has one run at a
time, and the next when nothing of it is left.
"""

import os
import select
import signal
import socket
from contextlib import suppress

from adapters.executors.local_process.confinement.landlock import (
    gain_no_privileges,
    keep_signals_inside,
    prctl,
)
from adapters.executors.local_process.confinement.system_calls import refuse_system_calls
from adapters.executors.local_process.launching.engine_start import start_engine
from adapters.executors.local_process.launching.order import (
    TERMINATE,
    Ended,
    EngineOrder,
    Message,
    NotStarted,
    Precautions,
    Started,
    read,
    received_with_file,
    written,
)
from adapters.executors.local_process.launching.process_tree import (
    children,
    descendants,
    end_tree,
    signal_each,
)

PR_SET_CHILD_SUBREAPER = 36
PR_CAPBSET_DROP = 24
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
MOST_CAPABILITIES = 64
EVERYBODY = -1


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent ends."""
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def wake_for_children() -> int:
    """Return a file that becomes readable when a child ends."""
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    return woken


def keep(worker: socket.socket, precautions: Precautions) -> None:
    """Run one engine after the other, as the worker says, until it is gone."""
    os.setsid()
    adopt_orphans()
    woken = wake_for_children()
    scoped = _take(precautions)
    while received := _received(worker):
        order, output = received
        started = start_engine(order, output)
        os.close(output)
        if isinstance(started, NotStarted):
            _tell(worker, started)
            continue
        _tell(worker, Started(started, os.getpid()))
        code = _Run(started, worker, woken, scoped).follow()
        _tell(worker, Ended(code))


def _take(precautions: Precautions) -> bool:
    """Take what is to be taken from this process; say whether its signals stay inside.

    Only then may they be sent to everybody, who elsewhere is all processes of this user. So a
    kernel that says yes is tried: our parent is outside and must not be reached.
    """
    if precautions.unprivileged:
        gain_no_privileges()
        _drop_capabilities()
    if precautions.filtered:
        refuse_system_calls()
    if not precautions.scoped:
        return False
    keep_signals_inside()
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return True
    return False


def _drop_capabilities() -> None:
    """Leave engines no power of root but that over its own files; other users have none."""
    if os.geteuid() != 0:
        return
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    for capability in range(MOST_CAPABILITIES):
        if prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            # The last there is, or not ours to drop.
            return


class _Run:
    def __init__(self, engine: int, worker: socket.socket, woken: int, scoped: bool) -> None:
        self._engine = engine
        self._worker = worker
        self._woken = woken
        self._scoped = scoped
        self._code: int | None = None

    def follow(self) -> int:
        """Return the engine's exit code once all processes of the run have ended."""
        poll = select.poll()
        for source in (self._worker, self._woken):
            poll.register(source, select.POLLIN)
        while self._code is None:
            ready = {number for number, _ in poll.poll()}
            if self._woken in ready:
                os.read(self._woken, 4096)
                self._reap(os.WNOHANG)
            if self._worker.fileno() in ready:
                self._obey()
        self._kill()
        return self._code

    def _obey(self) -> None:
        word = b""
        with suppress(OSError):
            word = self._worker.recv(1)
        if word == TERMINATE:
            self._signal_all(signal.SIGTERM)
        else:
            # Told to, or nothing comes any more: the worker is gone.
            self._kill()

    def _signal_all(self, number: int) -> None:
        if self._scoped:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(EVERYBODY, number)
        else:
            signal_each(descendants(children(os.getpid())), number)

    def _kill(self) -> None:
        if self._scoped:
            self._signal_all(signal.SIGKILL)
            self._reap(0)
            return
        while left := children(os.getpid()):
            end_tree(left)
            self._reap(0, len(left))

    def _reap(self, options: int, most: int | None = None) -> None:
        """Take note of children that ended; without WNOHANG wait for `most`, by default all."""
        while most is None or most > 0:
            try:
                pid, status = os.waitpid(-1, options)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self._engine:
                self._code = os.waitstatus_to_exitcode(status)
            most = None if most is None else most - 1


def _received(worker: socket.socket) -> tuple[EngineOrder, int] | None:
    """Return the next engine to start and the file it writes to, None when the worker is gone.

    A word that came too late for the run before is passed over.
    """
    while True:
        try:
            text, file = received_with_file(worker)
        except OSError:
            return None
        if not text:
            return None
        if file is not None:
            order = read(text)
            assert isinstance(order, EngineOrder)
            return order, file


def _tell(worker: socket.socket, message: Message) -> None:
    # A worker that is gone wants to know nothing.
    with suppress(OSError):
        worker.send(written(message))
