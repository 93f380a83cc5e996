"""How a simulator is run on this machine."""

import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from application.ports.simulator import Command

FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
"""Signals that processes get from others."""

Watch = Callable[[str], bool]
"""Takes new output text (perhaps empty), says whether the run is to go on."""


@dataclass(frozen=True, slots=True)
class ProcessOutcome:
    """How a run ended: `exit_code` is negative for a signal, `log` the end of its output."""

    exit_code: int
    log: str
    stopped: bool = False

    @property
    def killed(self) -> bool:
        """Whether a signal ended it that nobody here sent, as the system's memory killer does.

        A shell in between tells of it by 128 and the signal's number. What an engine's own fault
        brings about, such as SIGSEGV, is none of these.
        """
        return not self.stopped and {-self.exit_code, self.exit_code - 128} & FROM_OUTSIDE != set()


class ProcessRunner(Protocol):
    """Runs one command in a folder, confined to it and to what the command needs."""

    def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
        """Run to the end, calling `watch` at least every half second.

        When `watch` says no or raises, all that was started is ended: politely first, by force two
        seconds later. Nothing of it outlives the call, nor this program. Afterwards the folder
        holds files and folders alone, and links among them. SimulationFailed when the command can't
        be started or takes more than it may, ConfinementUnavailable when it can't be confined.
        """
        ...
