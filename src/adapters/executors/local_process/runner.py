"""Run a simulator with all that it starts, confined to its own files, as long as it may."""

import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

from adapters.executors.local_process.confinement.coverage import Confine, Coverage, coverage_here
from adapters.executors.local_process.confinement.places import Places, identity_of
from adapters.executors.local_process.folder_sweep import sweep
from adapters.executors.local_process.launcher import Engine, EngineRefused, Launcher, LauncherLost
from adapters.executors.local_process.launching.order import EngineOrder, Precautions
from adapters.executors.local_process.limits import Limits, process_limits
from adapters.executors.local_process.output import FollowedFile
from adapters.executors.local_process.overseer import LimitExceeded, Overseer
from application.ports.process_runner import ProcessOutcome, Watch
from application.ports.simulator import Command
from domain.errors import ConfinementUnavailable, SimulationFailed

OUTPUT = "stdout.txt"
TEMPORARY = ".temporary"
LOG_SIZE = 64 << 10
WATCH_SECONDS = 0.25
GRACE_SECONDS = 2.0
ANSWER_SECONDS = 10.0


class LocalProcessRunner:
    """ProcessRunner port; safe to use from several threads."""

    def __init__(
        self,
        limits: Limits | None = None,
        confine: Confine = Confine.AVAILABLE,
        places: Places | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._confine = confine
        self._places = places or Places()
        self._coverage = coverage_here(confine)
        self._answers: dict[object, str] = {}
        self._launcher = Launcher(
            Precautions(self._coverage.scoped, self._coverage.filtered, self._coverage.wanted)
        )

    def coverage(self) -> Coverage:
        """Return what keeps engines to their own here.

        ConfinementUnavailable where that is required and the kernel can't do it.
        """
        if self._confine is Confine.REQUIRED and not self._coverage.confines:
            raise ConfinementUnavailable(self._coverage.sentence())
        return self._coverage

    def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
        """Run to the end, or until `watch` says no or raises; SimulationFailed past a limit."""
        with (folder / OUTPUT).open("w+b", buffering=0) as output:
            engine = self._start(command, folder, output.fileno())
            followed = FollowedFile(output)
            overseer = Overseer(engine.keeper_pid, self._limits)
            stopped = True
            try:
                stopped = not _follow(engine, followed, overseer.watching(watch))
            except LimitExceeded:
                engine.kill()
                raise
            finally:
                _end(engine)
                sweep(folder)
            return ProcessOutcome(engine.exit_code or 0, followed.tail(LOG_SIZE), stopped)

    def ask(self, argv: Sequence[str]) -> str:
        """Return what a program says by itself; nothing where that takes long or it crashes.

        It is asked again when its file is another one.
        """
        asked = (*argv, identity_of(Path(argv[0])))
        if asked not in self._answers:
            self._answers[asked] = self._answer(argv)
        return self._answers[asked]

    def _answer(self, argv: Sequence[str]) -> str:
        deadline = time.monotonic() + ANSWER_SECONDS
        with TemporaryDirectory(prefix="yaptide-ask-") as folder:
            try:
                outcome = self.run(
                    Command(argv), Path(folder), lambda _: time.monotonic() < deadline
                )
            except (SimulationFailed, ConfinementUnavailable):
                return ""
        return "" if outcome.stopped or outcome.exit_code < 0 else outcome.log

    def close(self) -> None:
        """End the launcher process."""
        self._launcher.close()

    def _start(self, command: Command, folder: Path, output: int) -> Engine:
        program = Path(command.argv[0]).name
        temporary = _temporary(folder)
        environment = _environment(command, folder, temporary)
        order = self._order(command, environment, folder)
        try:
            return self._launcher.start(order, output)
        except EngineRefused as refused:
            reason = "its confinement could not be set up: " if refused.unconfined else ""
            raise SimulationFailed(
                f"{program} could not be started: {reason}{refused}"
            ) from refused
        except LauncherLost as lost:
            raise SimulationFailed(
                f"{program} could not be started: the process that starts engines was ended twice"
            ) from lost

    def _order(self, command: Command, environment: Mapping[str, str], folder: Path) -> EngineOrder:
        coverage, name = self.coverage(), command.argv[0]
        executable = Path(shutil.which(name, path=environment["PATH"]) or name)
        places = self._places.of_run(executable, command, environment, folder)
        return EngineOrder(
            executable=str(executable),
            argv=list(command.argv),
            environment=dict(environment),
            folder=str(folder),
            limits=process_limits(self._limits),
            places=places if coverage.confines else [],
            abi=coverage.abi,
        )


def _temporary(folder: Path) -> str:
    try:
        (folder / TEMPORARY).mkdir()
    except FileExistsError:
        # Users may give a file any name.
        return mkdtemp(prefix=f"{TEMPORARY}-", dir=folder)
    return str(folder / TEMPORARY)


def _environment(command: Command, folder: Path, temporary: str) -> dict[str, str]:
    # Nothing of our own environment: it holds secrets.
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": temporary,
        "LANG": "C.UTF-8",
        **command.environment,
    }


def _follow(engine: Engine, output: FollowedFile, watch: Watch) -> bool:
    """Return True when the engine ended by itself, False when `watch` wants no more of it."""
    while not engine.ended_within(WATCH_SECONDS):
        if not watch(output.read()):
            return False
    for text in output.read_all():
        watch(text)
    return True


def _end(engine: Engine) -> None:
    """End what still runs, politely first."""
    if not engine.ended_within(0):
        engine.terminate()
        if not engine.ended_within(GRACE_SECONDS):
            engine.kill()
            engine.ended_within(None)
