"""What workers said of themselves, in memory."""

from datetime import datetime

from application.ports.worker_registry import SeenWorker, WorkerNote
from tests.fakes.kept_state import State


class FakeWorkerRegistry:
    def __init__(self, state: State) -> None:
        self.state = state

    def put(self, note: WorkerNote, now: datetime) -> None:
        self.state.workers[note.worker] = SeenWorker(note, now)

    def seen_since(self, moment: datetime) -> list[SeenWorker]:
        found = sorted(self.state.workers.items())
        return [item for _, item in found if item.seen >= moment]

    def forget_before(self, moment: datetime) -> None:
        kept = {name: item for name, item in self.state.workers.items() if item.seen >= moment}
        self.state.workers = kept
