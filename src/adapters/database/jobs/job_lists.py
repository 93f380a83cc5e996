"""Lists of a user's jobs, a page at a time."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    select,
)

from adapters.database.jobs.job_rows import outline_of
from adapters.database.schema.tables import job
from application.ports.job_repository import JobOutline, JobQuery

SHOWN = (
    job.c.job_id,
    job.c.title,
    job.c.start_time,
    job.c.end_time,
    job.c.platform,
    job.c.input_type,
    job.c.sim_type,
)
"""What a list shows of a job."""


def outlines(
    connection: Connection, user_id: int, query: JobQuery
) -> tuple[Sequence[JobOutline], int]:
    """Return one page of a user's jobs, and how many there are on all pages."""
    values: dict[str, object] = {"user_id": user_id}
    if query.states:
        values["states"] = [state.value for state in query.states]
    some = bool(query.states)
    place = {"rows": query.page_size, "start": (query.page - 1) * query.page_size}
    rows = connection.execute(
        _page(some, query.order_by == "end_time", query.descending), {**values, **place}
    )
    found = rows.mappings().all()
    # A page behind the last has no row to say how many there are.
    count = found[0]["of_all"] if found else connection.execute(_count(some), values).scalar_one()
    return [outline_of(row) for row in found], count


@cache
def _count(some_states: bool) -> Select[Any]:
    return select(func.count()).select_from(job).where(_which(some_states))


@cache
def _page(some_states: bool, by_end: bool, descending: bool) -> Select[Any]:
    """Return the query for a page, built once for each kind: building costs more than running."""
    column = job.c.end_time if by_end else job.c.start_time
    # Jobs without an end are the newest: databases differ in where they put nothing.
    order: list[ColumnElement[Any]] = [column.is_(None), column, job.c.id]
    return (
        select(*SHOWN, _count(some_states).scalar_subquery().label("of_all"))
        .where(_which(some_states))
        .order_by(*([item.desc() for item in order] if descending else order))
        .limit(bindparam("rows", type_=BigInteger()))
        .offset(bindparam("start", type_=BigInteger()))
    )


def _which(some_states: bool) -> ColumnElement[bool]:
    which = job.c.user_id == bindparam("user_id")
    if not some_states:
        return which
    return and_(which, job.c.state.in_(bindparam("states", expanding=True)))
