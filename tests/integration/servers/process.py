"""Programs that the tests start: found, run to their end or served by, waited for, ended.

Whatever a program printed is shown when it fails.
"""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NoReturn

import pytest

from tests.integration.servers.ending import has_ended, kill_group
from tests.integration.servers.printed import Printed, last_lines, work_done
from tests.waiting import LONGEST, USUAL, Patience, wait

# Servers lie where a user's PATH often does not reach.
PLACES = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
    *map(str, Path("/usr/lib/postgresql").glob("*/bin")),
)


LOWEST_PORT = 10_000
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)


class ProgramFailed(AssertionError):
    """A program ended as it should not, or not at all; what it printed is in the message."""


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
    """Return a port of the loopback address that nobody listens on.

    It is none of those that the kernel gives to connections: one could get it before the server.
    """
    text = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    while True:
        port = random.randrange(LOWEST_PORT, int(text.split()[0]))
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def accepts(port: int) -> bool:
    """Say whether somebody listens on a port of the loopback address."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def run(
    argv: Sequence[object],
    *,
    check: bool = True,
    entered: str = "",
    logs: Sequence[Path] = (),
    seconds: float = USUAL,
    longest: float = LONGEST,
    **options: Any,
) -> "subprocess.CompletedProcess[str]":
    """Run a program to its end and return what it printed.

    `entered` is its standard input; `logs` are files that it writes to, shown with its output;
    patience is as in tests.waiting, where output, logs and processor time are progress; `options`
    go to the process.

    Raises:
        ProgramFailed: it ended with another exit code than 0 and `check` is true, or did not end.
    """
    words = [str(word) for word in argv]
    printed = Printed(logs)
    with TemporaryFile() as given, TemporaryFile() as out, TemporaryFile() as err:
        given.write(entered.encode())
        given.seek(0)
        process = subprocess.Popen(
            words, stdin=given, stdout=out, stderr=err, start_new_session=True, **options
        )

        def progress() -> object:
            sizes = [os.fstat(file.fileno()).st_size for file in (out, err)]
            return sizes, printed.sizes(), work_done(process.pid)

        patience = Patience(seconds, longest=longest, progress=progress)
        try:
            wait(lambda: has_ended(process), words[0], patience, 0.01)
        except AssertionError as error:
            said = _shown(words, last_lines(_text(out)), last_lines(_text(err)), printed.text())
            raise ProgramFailed(f"{error}\n{said}") from None
        finally:
            kill_group(process)
        done = subprocess.CompletedProcess(words, process.returncode, _text(out), _text(err))
    if check and done.returncode != 0:
        said = _shown(words, last_lines(done.stdout), last_lines(done.stderr), printed.text())
        raise ProgramFailed(f"{_end(done.returncode)}\n{said}")
    return done


class Server:
    """One server process, in the foreground of a process group of its own; its output in `log`."""

    def __init__(
        self,
        argv: Sequence[object],
        log: Path,
        environment: Mapping[str, str] | None = None,
        more_logs: Sequence[Path] = (),
        **options: Any,
    ) -> None:
        """Start `argv`; `options` go to the process, such as the user it runs as.

        `more_logs` are files that the server writes to besides what it prints.
        """
        self.log = log
        self.printed = Printed([log, *more_logs])
        self.may_end = False
        """Whether somebody has told it to end: if not, it died."""
        self._argv = [str(word) for word in argv]
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                self._argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                env=None if environment is None else dict(environment),
                start_new_session=True,
                **{"stderr": subprocess.STDOUT, **options},
            )
        _started.append(self)

    @property
    def runs(self) -> bool:
        """Say whether the server has not ended."""
        return not has_ended(self.process)

    def ready_when(self, condition: Callable[[], object], **patience: Any) -> None:
        """Wait until the server is ready, and end it if it never is."""
        try:
            self.wait_until(condition, **patience)
        except BaseException:
            self.kill()
            raise

    def wait_until(self, condition: Callable[[], object], **patience: Any) -> None:
        """Wait as long as the server works and patience lasts, see tests.waiting.

        Raises:
            ProgramFailed: it ended, or `condition` did not hold in time.
        """
        name = Path(self._argv[0]).name
        patient = Patience(progress=self.progress, **patience)
        try:
            wait(condition, name, patient, look=self._assert_it_runs)
        except ProgramFailed:
            raise
        except AssertionError as error:
            raise ProgramFailed(f"{error}\n{_shown(self._argv, self.printed.text())}") from None

    def died(self) -> str:
        """Return what to say of a server that ended though nobody told it to; else nothing."""
        if self.may_end or self.runs:
            return ""
        self.may_end = True
        return f"{_end(self.process.returncode)}\n{_shown(self._argv, self.printed.text())}"

    def tell(self, what: signal.Signals) -> None:
        """Send a signal to the server alone, not to its children."""
        self.may_end = self.may_end or what in ENDING
        with suppress(ProcessLookupError):
            self.process.send_signal(what)

    def stop(self, how: signal.Signals = signal.SIGTERM, seconds: float = 20) -> int:
        """End the server, by force if it takes longer than `seconds`; return its exit code."""
        if self.runs:
            self.tell(how)
        return self.wait_for_end(seconds)

    def wait_for_end(self, seconds: float = 20) -> int:
        """Wait for a server that was told to end, and end it by force after `seconds`."""
        self.may_end = True
        with suppress(AssertionError):
            wait(lambda: not self.runs, "the end", Patience(seconds))
        self.kill()
        return int(self.process.returncode)

    def kill(self) -> None:
        """End the server and its children at once."""
        self.may_end = True
        kill_group(self.process)

    def progress(self) -> object:
        """Return what changes while the server or its children work."""
        return self.printed.sizes(), work_done(self.process.pid)

    def _assert_it_runs(self) -> None:
        if not self.runs:
            self.may_end = False
            raise ProgramFailed(self.died())


_started: list[Server] = []


def wait_until(
    condition: Callable[[], object],
    what: str = "condition",
    *,
    pause: float = 0.02,
    **patience: Any,
) -> float:
    """Ask again and again until `condition` holds; return how long it took, see tests.waiting.

    Raises:
        ProgramFailed: one of the servers that were started has died meanwhile.
        AssertionError: it did not hold before patience was over.
    """
    return wait(condition, what, Patience(**patience), pause, notice_deaths)


def notice_deaths() -> None:
    """Raise ProgramFailed if a server has ended though nobody told it to; said once of each."""
    for server in tuple(_started):
        if said := server.died():
            raise ProgramFailed(said)


def forget_what_was_printed() -> None:
    """From now on let `printed_lately` say only what is printed from now on."""
    _started[:] = [server for server in _started if server.runs or not server.may_end]
    for server in _started:
        server.printed.forget()


def printed_lately() -> Iterator[tuple[str, str]]:
    """Return name and output of each server that has printed something lately."""
    for server in _started:
        if text := server.printed.text():
            yield f"{Path(server._argv[0]).name}: {server.log}", text


@atexit.register
def end_what_was_left() -> None:
    """End the servers whose tests were broken off before they could do it."""
    for server in _started:
        server.kill()


def _end(code: int) -> str:
    return f"ended with exit code {code}" if code >= 0 else f"ended by signal {-code}"


def _shown(argv: Sequence[str], *said: str) -> str:
    texts = [text for text in said if text]
    return "\n".join([f"$ {' '.join(argv)}", *(texts or ["(it printed nothing)"])])


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
