"""Starts the processes of the service, shows their log lines, and ends them in good order."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from types import FrameType, TracebackType

import click

from entrypoints.processes.end_with_supervisor import SUPERVISOR

STOP_SECONDS = 20.0
"""How long a process may take to end, beside the grace of running tasks."""

SHORTEST_RESTART = 1.0
LONGEST_RESTART = 30.0
COLORS = ("cyan", "green", "magenta")


@dataclass(frozen=True, slots=True)
class Service:
    """A process that is to run all the time."""

    name: str
    argv: Sequence[str]


class _Running:
    """One service's process; started again, more slowly each time, when it dies."""

    def __init__(self, service: Service, environment: Mapping[str, str], color: str) -> None:
        self.service = service
        self._environment = environment
        self._mark = click.style(f"{service.name:>11} | ", fg=color)
        self._delay = SHORTEST_RESTART
        self._started = 0.0
        self._due = 0.0
        self.process: subprocess.Popen[str] | None = None

    def tend(self) -> None:
        """Start the process if it isn't running and its time has come."""
        if self.process is not None and self.process.poll() is not None:
            self._note_death(self.process.returncode)
        if self.process is None and time.monotonic() >= self._due:
            self._start()

    def signal(self, number: int) -> None:
        """Send a signal to the whole process group if it is still there."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def _start(self) -> None:
        self._started = time.monotonic()
        # A group of its own: Ctrl-C in the terminal reaches us alone, we end the others in order.
        self.process = subprocess.Popen(
            self.service.argv,
            env=dict(self._environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._copy_lines, args=(self.process,), daemon=True).start()

    def _note_death(self, exit_code: int) -> None:
        self.process = None
        lived = time.monotonic() - self._started
        self._delay = SHORTEST_RESTART if lived > LONGEST_RESTART else self._delay * 2
        self._delay = min(self._delay, LONGEST_RESTART)
        self._due = time.monotonic() + self._delay
        self._print(f"ended with {exit_code}; starts again in {self._delay:.0f} s")

    def _copy_lines(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._print(line.rstrip("\n"))

    def _print(self, text: str) -> None:
        click.echo(self._mark + text)


class Supervisor(AbstractContextManager["Supervisor"]):
    """Keeps services running until a signal says stop."""

    def __init__(
        self, services: Sequence[Service], environment: Mapping[str, str], grace_seconds: float
    ) -> None:
        own = {"PYTHONUNBUFFERED": "1", SUPERVISOR: str(os.getpid())}
        full = {**os.environ, **own, **environment}
        self._stop_seconds = STOP_SECONDS + grace_seconds
        self._running = [
            _Running(service, full, color) for service, color in zip(services, COLORS, strict=False)
        ]
        self._stop = False

    def __enter__(self) -> "Supervisor":
        """Take over the signals and start every service."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked_to_stop)
        for running in self._running:
            running.tend()
        return self

    def run(self) -> None:
        """Keep the services running until asked to stop."""
        while not self._stop:
            time.sleep(0.2)
            for running in self._running:
                running.tend()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers first, while the API can still take their reports, then the API."""
        click.echo("Stopping …")
        *_, last = ordered = list(reversed(self._running))
        self._end(ordered[:-1])
        self._end([last])
        click.echo("Stopped.")

    def _end(self, running: Sequence[_Running]) -> None:
        for item in running:
            item.signal(signal.SIGTERM)
        deadline = time.monotonic() + self._stop_seconds
        for item in running:
            if item.process is None:
                continue
            try:
                item.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                item.signal(signal.SIGKILL)
                item.process.wait()

    def _asked_to_stop(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self._stop:
            for running in self._running:
                running.signal(signal.SIGKILL)
            sys.exit(1)
        self._stop = True
