"""A simulator: how its input is made, how it is run, and how its output is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from domain.estimator import Estimator

InputFiles = Mapping[str, bytes]
"""Input files by name; a name never holds a folder."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of an editor project.

    `left_out` names, one sentence each, what the simulator can't do and was skipped on request.
    """

    files: InputFiles
    primaries: int
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """How to start the simulator: no shell, and nothing in its environment but `environment`.

    Beside its folder and its installation it may read what full paths in either of them name: none
    of them comes from what users send.
    """

    argv: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come, as its log says."""

    simulated_primaries: int
    estimated_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """Where a simulator was found."""

    executable: Path
    version: str


Ask = Callable[[Sequence[str]], str]
"""Runs a program of a simulator for a moment, as confined as a task is, and returns what it says.

Empty where it can't be run, does not end or is ended by a signal. Asked again it answers at once,
until the program is another one.
"""


def ask_nobody(argv: Sequence[str]) -> str:
    """Stand in for an Ask where no program may be run."""
    del argv
    return ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a simulator is called, can do, and how to get it: one sentence each, for people."""

    title: str
    abilities: str
    remedy: str


@dataclass(frozen=True, slots=True)
class TaskOutput:
    """What one completed task left: its files in `folder`, scored by `primaries` primaries."""

    folder: Path
    primaries: int


class ProgressParser(Protocol):
    """Reads one run's standard output, or its progress log, while it is written."""

    def feed(self, text: str) -> Progress | None:
        """Take the next piece of text, cut anywhere; return the newest progress it told, if any."""
        ...


class Simulator(Protocol):
    """One simulator, whole: nothing outside its package knows its files."""

    @property
    def name(self) -> str:
        """The `sim_type` on the wire."""
        ...

    @property
    def profile(self) -> Profile:
        """What people are told of it."""
        ...

    @property
    def most_task_primaries(self) -> int:
        """How many primaries one run of it can count."""
        ...

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        """Make input files from an editor project (decoded JSON, versions 0.10 to 0.13).

        Raises InvalidInput naming the field that is wrong, Unsupported naming the element this
        simulator can't do. With `skip_unsupported`, outputs and quantities it can't score are
        left out instead, as long as one remains. Without it Unsupported names the first of them:
        `scoringManager.outputs[0].quantities[1]`, both counted from 0, or the output alone.
        """
        ...

    def total_primaries(self, files: InputFiles) -> int:
        """Return the number of primaries that input files ask for; InvalidInput if they don't."""
        ...

    def check_scored(self, files: InputFiles) -> None:
        """Raise InvalidInput unless input files ask for something whose results can be read."""
        ...

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        """Return the files one task runs with: `files` with its primaries and seed set."""
        ...

    def find(self) -> Installation | None:
        """Return where the simulator is installed, or None."""
        ...

    def command(self, folder: Path, seed: int) -> Command:
        """Return the command to run in `folder`; SimulatorNotInstalled when there is none."""
        ...

    def progress_parser(self, primaries: int) -> ProgressParser:
        """Return a fresh parser for a run of `primaries` primaries."""
        ...

    def progress_log(self, folder: Path) -> Path | None:
        """Return the file in which a run in `folder` tells its progress, perhaps not there yet.

        Its text goes to the progress parser in place of standard output. None means that
        standard output tells it, or that the file isn't known yet: ask again.
        """
        ...

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        """Return the files in `folder` that the merge needs, after the run ended.

        May write them first, smaller than what the simulator left. Raises SimulationFailed, with
        the reason and the last lines of `log` (standard output and error), if the run is no good.
        """
        ...

    def log_files(self, folder: Path) -> Sequence[Path]:
        """Return the log files the simulator itself left in `folder`."""
        ...

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        """Merge the outputs of all completed tasks of a job whose input was `files`.

        Means are weighted by primaries, sums summed; every page carries the standard error
        across tasks when there are two or more. For editor projects the estimators are named
        after the project's outputs and in their order.
        """
        ...
