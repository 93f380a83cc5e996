"""Workers and the simulators they have, as they said themselves a short while ago."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """What a worker says of itself: its name, its cores, and the version of each simulator."""

    worker: str
    cores: int
    simulators: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeenWorker:
    """A worker's newest note and when it came."""

    note: WorkerNote
    seen: datetime


class WorkerRegistry(Protocol):
    """Keeps the newest note of each worker."""

    def put(self, note: WorkerNote, now: datetime) -> None:
        """Keep a note in place of the worker's earlier one."""
        ...

    def seen_since(self, moment: datetime) -> Sequence[SeenWorker]:
        """Return the workers whose note came then or later, by their names."""
        ...

    def forget_before(self, moment: datetime) -> None:
        """Forget workers that were last seen before that."""
        ...
