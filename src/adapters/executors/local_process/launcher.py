"""The worker's side of launcher and keepers: start engines, hear of their ends, end them."""

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from pathlib import Path

from adapters.executors.local_process.launching.order import (
    KILL,
    TERMINATE,
    Ended,
    EngineOrder,
    Message,
    NotStarted,
    Precautions,
    Started,
    read,
    written,
)

SOURCES = Path(__file__).parents[3]
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]);"
    "from adapters.executors.local_process.launching.launcher_program import main; main()"
)
START_SECONDS = 60.0
"""How long a machine may take to start an engine, however busy it is."""

CLOSE_SECONDS = 10.0
LONGEST_ANSWER = 4096
MOST_LOST = 2


class LauncherLost(Exception):
    """The processes that start engines went away before they had started one."""


class EngineRefused(Exception):
    """An engine could not be started: `code` is the system's error number.

    `unconfined` says that its confinement could not be set up.
    """

    def __init__(self, told: NotStarted) -> None:
        super().__init__(os.strerror(told.code))
        self.code = told.code
        self.unconfined = told.unconfined


class Engine:
    """One engine that runs; its keeper tells of its end, when all that it started is gone too."""

    def __init__(self, keeper: socket.socket, started: Started, launcher: "Launcher") -> None:
        self._keeper = keeper
        self._launcher = launcher
        self._poll = select.poll()
        self._poll.register(keeper, select.POLLIN)
        self.keeper_pid = started.keeper
        self.exit_code: int | None = None

    def ended_within(self, seconds: float | None) -> bool:
        """Return True at the moment the run is over, False after `seconds`; None waits for it."""
        if self.exit_code is None and self._poll.poll(None if seconds is None else seconds * 1000):
            told = _received(self._keeper)
            # A keeper that was killed took its engine along.
            self.exit_code = told.exit_code if isinstance(told, Ended) else -signal.SIGKILL
            if isinstance(told, Ended):
                self._launcher.keep_for_later(self._keeper)
            else:
                self._keeper.close()
        return self.exit_code is not None

    def terminate(self) -> None:
        """Ask all processes of the run to end."""
        self._say(TERMINATE)

    def kill(self) -> None:
        """End all processes of the run."""
        self._say(KILL)

    def _say(self, word: bytes) -> None:
        if self.exit_code is None:
            with suppress(OSError):
                self._keeper.send(word)


class Launcher:
    """Starts engines from processes of its own; safe to use from several threads."""

    def __init__(self, precautions: Precautions) -> None:
        self._precautions = precautions
        self._lock = threading.Lock()
        self._processes: _Processes | None = None

    def start(self, order: EngineOrder, output: int) -> Engine:
        """Start an engine that writes to the file `output`; EngineRefused, LauncherLost."""
        lost = 0
        while True:
            keeper, fresh = self._keeper()
            try:
                return self._start(keeper, order, output)
            except LauncherLost:
                # Those that waited for work may have been killed meanwhile.
                lost += fresh
                if lost == MOST_LOST:
                    raise

    def keep_for_later(self, keeper: socket.socket) -> None:
        """Take back a keeper that has no run any more."""
        with self._lock:
            if self._processes is None:
                keeper.close()
            else:
                self._processes.idle.append(keeper)

    def close(self) -> None:
        """End the launcher and the keepers that wait."""
        with self._lock:
            self._drop()

    def _start(self, keeper: socket.socket, order: EngineOrder, output: int) -> Engine:
        told = None
        try:
            socket.send_fds(keeper, [written(order)], [output])
            keeper.settimeout(START_SECONDS)
            told = _received(keeper)
            keeper.settimeout(None)
        except OSError:
            pass
        if isinstance(told, Started):
            return Engine(keeper, told, self)
        if isinstance(told, NotStarted):
            self.keep_for_later(keeper)
            raise EngineRefused(told)
        keeper.close()
        raise LauncherLost

    def _keeper(self) -> tuple[socket.socket, bool]:
        """Return a keeper that waits for work, else a fresh one, and whether it is that."""
        with self._lock:
            if self._processes is not None and self._processes.idle:
                return self._processes.idle.pop(), False
            try:
                return self._fresh_keeper(), True
            except OSError:
                # The launcher was killed. There will be another.
                self._drop()
                return self._fresh_keeper(), True

    def _fresh_keeper(self) -> socket.socket:
        if self._processes is None:
            self._processes = _Processes()
            weakref.finalize(self, self._processes.end)
        ours, keepers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with keepers:
            try:
                self._processes.ask(written(self._precautions), keepers.fileno())
            except OSError:
                ours.close()
                raise
        return ours

    def _drop(self) -> None:
        if self._processes is not None:
            self._processes.end()
            self._processes = None


class _Processes:
    """A launcher process, and its keepers that wait for work."""

    def __init__(self) -> None:
        self.idle: list[socket.socket] = []
        self._line, launchers = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with launchers:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", PROGRAM, str(SOURCES)],
                stdin=launchers.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                # Ctrl-C in the terminal must reach us, not the launcher.
                start_new_session=True,
            )

    def ask(self, text: bytes, line: int) -> None:
        """Ask for a keeper that has the file `line`; OSError when the launcher is gone."""
        socket.send_fds(self._line, [text], [line])

    def end(self) -> None:
        """Let them end, which they do when nobody can speak to them any more."""
        for keeper in self.idle:
            keeper.close()
        self._line.close()
        try:
            self._process.wait(CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _received(keeper: socket.socket) -> Message | None:
    """Return what a keeper says, None when it is gone or silent for too long."""
    try:
        text = keeper.recv(LONGEST_ANSWER)
    except OSError:
        return None
    return read(text) if text else None
