"""What all simulators have in common as programs of this host: a sixth one writes only its own."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from adapters.simulators.runs.executables import find_executable
from application.ports.simulator import (
    Ask,
    Command,
    InputFiles,
    Installation,
    Profile,
    ask_nobody,
)
from domain.errors import SimulatorNotInstalled
from domain.primaries import MOST_PRIMARIES


class Engine(ABC):
    """The part of the Simulator port that asks what is installed, and how a run is started."""

    name: str
    """The `sim_type` on the wire."""

    title: str
    """What people call it."""

    abilities: str
    """What it transports and scores, in one sentence."""

    most_task_primaries: int = MOST_PRIMARIES
    """How many primaries one run of it can count."""

    remedy: str
    """What an administrator does where it is not installed: `put ...`, `set ...`, `run: ...`."""

    @property
    def profile(self) -> Profile:
        """What people are told of it."""
        return Profile(self.title, self.abilities, f"an administrator can {self.remedy}")

    @abstractmethod
    def find(self) -> Installation | None:
        """Return where it is installed, or None."""

    @abstractmethod
    def run_command(self, executable: Path, folder: Path, seed: int) -> Command:
        """Return the command with which `executable` runs the input in `folder`."""

    def command(self, folder: Path, seed: int) -> Command:
        """Return the command to run in `folder`; SimulatorNotInstalled when there is none."""
        found = self.find()
        if found is None:
            raise SimulatorNotInstalled(self.name, self.remedy)
        return self.run_command(found.executable, folder, seed)

    def check_scored(self, files: InputFiles) -> None:
        """Take any input: what it scores is not looked at."""
        del files

    def progress_log(self, folder: Path) -> Path | None:
        """Return None: standard output tells the progress."""
        del folder
        return None

    def log_files(self, folder: Path) -> Sequence[Path]:
        """Return the standard output: there is no other log."""
        return [folder / "stdout.txt"]


class SiteEngine(Engine):
    """An engine whose executable a site puts into SIMULATORS_DIR or on PATH."""

    program: str
    """The name of the executable."""

    version_question: Sequence[str] = ()
    """The arguments with which the executable tells its version; none if it can't."""

    def __init__(self, simulators_dir: Path, ask: Ask = ask_nobody) -> None:
        self._simulators_dir = simulators_dir
        self._ask = ask
        self.remedy = (
            f"put the executable `{self.program}` of your site into SIMULATORS_DIR or on PATH"
        )

    def find(self) -> Installation | None:
        """Return where the executable is, or None."""
        return find_executable(
            self._simulators_dir, self.name, self.program, self._ask, self.version_question
        )

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy in another process needs, which only reads and merges."""
        return {**vars(self), "_ask": ask_nobody}
