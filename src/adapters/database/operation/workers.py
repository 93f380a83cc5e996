"""Workers and what they have installed, in SQL."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.database.schema.tables import worker
from application.ports.worker_registry import SeenWorker, WorkerNote

columns = worker.c


class SqlWorkerRegistry:
    """WorkerRegistry port: one row for each worker."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, note: WorkerNote, now: datetime) -> None:
        """Keep a note in place of the worker's earlier one."""
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        news = {"cores": note.cores, "simulators": json.dumps(dict(note.simulators)), "seen": now}
        statement = dialect.insert(worker).values(name=note.worker, **news)
        self._connection.execute(
            statement.on_conflict_do_update(index_elements=[columns.name], set_=news)
        )

    def seen_since(self, moment: datetime) -> Sequence[SeenWorker]:
        """Return the workers whose note came then or later, by their names."""
        statement = select(worker).where(columns.seen >= moment).order_by(columns.name)
        return [
            SeenWorker(WorkerNote(row.name, row.cores, json.loads(row.simulators)), row.seen)
            for row in self._connection.execute(statement)
        ]

    def forget_before(self, moment: datetime) -> None:
        """Forget workers that were last seen before that."""
        self._connection.execute(delete(worker).where(columns.seen < moment))
