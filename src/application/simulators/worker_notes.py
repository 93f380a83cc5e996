"""Which workers there are and what they have installed."""

from collections.abc import Sequence
from datetime import timedelta

from application.ports.clock import Clock
from application.ports.simulator import Simulator
from application.ports.unit_of_work import UnitOfWorkFactory
from application.ports.worker_registry import SeenWorker, WorkerNote
from application.simulators.catalog import SimulatorCatalog, found_here

NOTE_SECONDS = 20.0
"""How often a worker says what it has."""

LATELY = timedelta(seconds=90)
"""How long a worker counts after its last note: several may be lost, or the API be restarted."""

FORGOTTEN = timedelta(days=7)


def note_of(worker: str, cores: int, simulators: SimulatorCatalog) -> WorkerNote:
    """Return what a worker on this machine has to say."""
    found = {simulator.name: simulator.find() for simulator in simulators}
    versions = {name: place.version for name, place in found.items() if place is not None}
    return WorkerNote(worker, cores, versions)


class WorkerNotes:
    """Takes the notes of workers and tells which were seen lately."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    def take(self, note: WorkerNote) -> None:
        """Keep a note; workers that have been gone for a week are forgotten."""
        now = self._clock.now()
        with self._unit_of_work() as work:
            work.workers.put(note, now)
            work.workers.forget_before(now - FORGOTTEN)
            work.commit()

    def lately(self) -> Sequence[SeenWorker]:
        """Return the workers that were seen lately."""
        with self._unit_of_work(read_only=True) as work:
            return work.workers.seen_since(self._clock.now() - LATELY)

    def installed(self, simulator: Simulator) -> bool:
        """Say whether any worker has a simulator.

        While no worker has said anything, as just after a start, this machine stands for them.
        """
        seen = self.lately()
        if not seen:
            return found_here(simulator)
        return any(simulator.name in worker.note.simulators for worker in seen)
