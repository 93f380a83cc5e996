"""Servers that the tests start by hand: found, started on a free port, waited for, ended."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

# Servers lie where a user's PATH often does not reach.
PLACES = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
)


def missing(what: str) -> NoReturn:
    """Skip a test whose server is not there; fail it where servers are required."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(what)
    pytest.skip(what)


def program(name: str, package: str) -> str:
    """Return the path of an executable of a Debian package."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *PLACES])
    found = shutil.which(name, path=path)
    if found is None:
        missing(f"{name} is not installed: apt-get install {package}")
    return found


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    """Say whether somebody listens on a port of the loopback address."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_until(
    condition: Callable[[], bool],
    seconds: float = 30,
    what: str = "condition",
    pause: float = 0.02,
) -> None:
    """Ask again and again until `condition` holds; AssertionError after `seconds`.

    What is costly to ask about wants a longer `pause`.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(pause)


class Server:
    """One server process, in the foreground of a process group of its own; its output in `log`."""

    def __init__(
        self,
        argv: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        """Start `argv`; `options` go to the process, such as the user it runs as."""
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                start_new_session=True,
                **options,
            )

    def wait_until(self, condition: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until the server is ready; its log is in the message when it is not."""
        try:
            wait_until(lambda: self._alive() and condition(), seconds, str(self.process.args))
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log.read_text(errors='replace')}") from None

    def _alive(self) -> bool:
        if self.process.poll() is not None:
            text = self.log.read_text(errors="replace")
            raise AssertionError(
                f"{self.process.args} ended with {self.process.returncode}\n{text}"
            )
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> None:
        """End the server, by force if it takes longer than `seconds`."""
        with suppress(ProcessLookupError):
            self.process.send_signal(how)
        self.wait_for_end(seconds)

    def wait_for_end(self, seconds: float = 20) -> None:
        """Wait for a server that was told to end, and end it by force after `seconds`."""
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server and its children at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
