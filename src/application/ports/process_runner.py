"""How a simulator is run on this machine."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from application.ports.simulator import Command

Watch = Callable[[str], bool]
"""Takes new output text (perhaps empty), says whether the run is to go on."""


@dataclass(frozen=True, slots=True)
class ProcessOutcome:
    """How a run ended: `exit_code` is negative for a signal, `log` the end of its output."""

    exit_code: int
    log: str
    stopped: bool = False


class ProcessRunner(Protocol):
    """Runs one command in a folder, in a process group of its own."""

    def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
        """Run to the end, calling `watch` at least every half second.

        When `watch` says no or raises, the whole process group is ended: politely first, by force
        two seconds later. No process of the group outlives the call, nor this program.
        SimulationFailed when the command can't be started.
        """
        ...
