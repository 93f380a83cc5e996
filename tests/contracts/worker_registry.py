"""What every registry of workers must do. Subclasses give `store`."""

from datetime import UTC, datetime, timedelta
from typing import Any

from application.ports.worker_registry import SeenWorker, WorkerNote

Store = Any
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOTE = WorkerNote("b:1", 2, {"shieldhit": "v1", "fluka": "4-3"})


def put(store: Store, note: WorkerNote, now: datetime = NOW) -> None:
    with store() as work:
        work.workers.put(note, now)
        work.commit()


class WorkerRegistryContract:
    def test_the_newest_note_of_each_worker_is_kept(self, store: Store) -> None:
        put(store, WorkerNote("b:1", 8, {}), NOW - timedelta(seconds=9))
        put(store, NOTE)
        put(store, WorkerNote("a:żółw", 1, {}))
        with store(read_only=True) as work:
            found = work.workers.seen_since(NOW)
        assert found == [SeenWorker(WorkerNote("a:żółw", 1, {}), NOW), SeenWorker(NOTE, NOW)]

    def test_workers_that_were_seen_before_do_not_count_and_are_forgotten(
        self, store: Store
    ) -> None:
        put(store, NOTE)
        later = NOW + timedelta(seconds=1)
        with store() as work:
            assert work.workers.seen_since(later) == []
            work.workers.forget_before(NOW)
            assert [item.note for item in work.workers.seen_since(NOW)] == [NOTE]
            work.workers.forget_before(later)
            assert work.workers.seen_since(NOW) == []
