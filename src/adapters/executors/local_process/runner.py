"""Run a simulator as a process group of its own."""

import os
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

from adapters.executors.local_process.guard import Guard
from adapters.executors.local_process.limits import Limits, apply_limits, processes_of
from adapters.executors.local_process.output import FollowedFile, tail
from adapters.executors.local_process.process_end import ProcessEnd
from application.ports.process_runner import ProcessOutcome, Watch
from application.ports.simulator import Command
from domain.errors import SimulationFailed

OUTPUT = "stdout.txt"
LOG_SIZE = 64 << 10
WATCH_SECONDS = 0.25
GRACE_SECONDS = 2.0
COUNT_SECONDS = 1.0


class LocalProcessRunner:
    """ProcessRunner port; safe to use from several threads."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._guard = Guard()
        self._limits = limits or Limits()

    def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
        """Run to the end, or until `watch` says no or raises; SimulationFailed past a limit."""
        output = folder / OUTPUT
        process = _start(command, folder, output)
        apply_limits(process.pid, self._limits)
        self._guard.watch(process.pid)
        stopped = True
        overseer = Overseer(process.pid, self._limits)
        try:
            stopped = not _follow(process, FollowedFile(output), overseer.watching(watch))
        finally:
            # Also after a good end: a simulator may leave children behind.
            _end_group(process, 0.0 if not stopped else GRACE_SECONDS)
            self._guard.forget(process.pid)
        return ProcessOutcome(process.returncode, tail(output, LOG_SIZE), stopped)

    def close(self) -> None:
        """End the guard process."""
        self._guard.close()


class Overseer:
    """Fails a run that takes longer, or has more processes, than it may."""

    def __init__(self, group: int, limits: Limits) -> None:
        self._group = group
        self._limits = limits
        self._started = self._counted = time.monotonic()

    def watching(self, watch: Watch) -> Watch:
        """Return a watch that looks at the limits first."""

        def look(text: str) -> bool:
            self._check(time.monotonic())
            return watch(text)

        return look

    def _check(self, now: float) -> None:
        seconds, most = self._limits.seconds, self._limits.processes
        if seconds is not None and now - self._started > seconds:
            raise SimulationFailed(
                f"The simulation was ended: it ran longer than {seconds / 3600:g} h, the limit here"
            )
        if most is not None and now - self._counted > COUNT_SECONDS:
            self._counted = now
            if processes_of(self._group) > most:
                raise SimulationFailed(
                    f"The simulation was ended: it started more than {most} processes"
                )


def _start(command: Command, folder: Path, output: Path) -> "subprocess.Popen[bytes]":
    # Nothing of our own environment: it holds secrets.
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        **command.environment,
    }
    try:
        with output.open("wb") as file:
            return subprocess.Popen(
                command.argv,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        program = Path(command.argv[0]).name
        raise SimulationFailed(f"{program} could not be started: {error.strerror}") from error


def _follow(process: "subprocess.Popen[bytes]", output: FollowedFile, watch: Watch) -> bool:
    """Return True when the process ended by itself, False when `watch` wants no more of it."""
    with closing(ProcessEnd(process)) as ending:
        while not ending.within(WATCH_SECONDS):
            if not watch(output.read()):
                return False
    for text in output.read_all():
        watch(text)
    return True


def _end_group(process: "subprocess.Popen[bytes]", grace: float) -> None:
    """End all processes of the group: politely first if `grace` seconds are given."""
    if grace and _signal_group(process.pid, signal.SIGTERM):
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and _group_lives(process):
            time.sleep(0.02)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _group_lives(process: "subprocess.Popen[bytes]") -> bool:
    process.poll()
    return _signal_group(process.pid, 0)


def _signal_group(group: int, number: int) -> bool:
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True
