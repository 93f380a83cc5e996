"""The worker's side of the guard that ends simulators when the worker is killed."""

import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

from adapters.executors.local_process import guard_program


class Guard:
    """Tells a guard process which process groups live; starts it when it is first needed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None

    def watch(self, group: int) -> None:
        """Have this process group killed if we die."""
        self._write(f"+{group} {guard_program.start_time(group)}\n")

    def forget(self, group: int) -> None:
        """Leave this process group alone: it has ended."""
        self._write(f"-{group}\n")

    def close(self) -> None:
        """End the guard, which kills what is still listed."""
        with self._lock:
            process, self._process = self._process, None
        if process is not None and process.stdin is not None:
            process.stdin.close()
            process.wait(10)

    def _write(self, line: str) -> None:
        with self._lock:
            process = self._running()
            assert process.stdin is not None
            # A guard that was killed is no reason to fail a simulation.
            with suppress(BrokenPipeError):
                process.stdin.write(line)
                process.stdin.flush()

    def _running(self) -> "subprocess.Popen[str]":
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(guard_program.__file__))],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                text=True,
                # Ctrl-C in the terminal must reach us, not the guard.
                start_new_session=True,
            )
        return self._process
