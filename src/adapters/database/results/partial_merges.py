"""The conditional updates behind partial results: each has one winner."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, or_, select, update

from adapters.database.schema.tables import job
from domain.states import TERMINAL, EntityState

WANTED = [state.value for state in EntityState if state not in TERMINAL or state == "CANCELED"]
"""Jobs that go on, and those that were cancelled: what they computed is kept."""


def covered(simulation_id: int) -> Select[Any]:
    """Return the query for the number of tasks that the stored partial results are of."""
    return select(job.c.partial_tasks).where(job.c.id == simulation_id)


def ask(simulation_id: int, tasks: int, now: datetime, not_since: datetime) -> Update:
    """Return the note that a merge of this many tasks was asked for."""
    long_ago = or_(job.c.partial_asked.is_(None), job.c.partial_asked < not_since)
    return _newer(simulation_id, tasks).where(long_ago).values(partial_asked=now)


def keep(simulation_id: int, tasks: int) -> Update:
    """Return the note that results of this many tasks are about to be stored."""
    return _newer(simulation_id, tasks).values(partial_tasks=tasks, version=job.c.version + 1)


def _newer(simulation_id: int, tasks: int) -> Update:
    return update(job).where(
        job.c.id == simulation_id, job.c.state.in_(WANTED), job.c.partial_tasks < tasks
    )
