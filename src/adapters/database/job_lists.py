"""Lists of a user's jobs, a page at a time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from adapters.database.job_rows import outline_of
from adapters.database.tables import job
from application.ports.job_repository import JobOutline, JobQuery

SHOWN = (
    job.c.job_id,
    job.c.title,
    job.c.start_time,
    job.c.end_time,
    job.c.platform,
    job.c.input_type,
    job.c.sim_type,
    job.c.state,
)
"""What a list shows of a job."""


def outlines(
    connection: Connection, user_id: int, query: JobQuery
) -> tuple[Sequence[JobOutline], int]:
    """Return one page of a user's jobs, and how many there are on all pages."""
    which = job.c.user_id == user_id
    if query.states:
        which = and_(which, job.c.state.in_([state.value for state in query.states]))
    count = connection.execute(select(func.count()).where(which)).scalar_one()
    statement = (
        select(*SHOWN)
        .where(which)
        .order_by(*_order(query))
        .limit(query.page_size)
        .offset((query.page - 1) * query.page_size)
    )
    return [outline_of(row) for row in connection.execute(statement).mappings()], count


def _order(query: JobQuery) -> Sequence[ColumnElement[Any]]:
    column = job.c.end_time if query.order_by == "end_time" else job.c.start_time
    # Jobs without an end are the newest: databases differ in where they put nothing.
    order: list[ColumnElement[Any]] = [column.is_(None), column, job.c.id]
    return [item.desc() for item in order] if query.descending else order
