"""What jobs used, added up in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, RowMapping, Subquery, case, func, select

from adapters.database.schema.tables import job, task, user
from adapters.database.schema.time_arithmetic import month_of, seconds_between
from application.ports.usage_report import Dimension, Usage
from domain.states import EntityState

SECONDS_PER_HOUR = 3600.0

COLUMNS: dict[Dimension, ColumnElement[str]] = {
    Dimension.USER: user.c.username,
    Dimension.SIMULATOR: job.c.sim_type,
    Dimension.PLATFORM: job.c.platform,
    Dimension.MONTH: month_of(job.c.start_time),
}


class SqlUsageReport:
    """UsageReport port."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def usage(
        self,
        by: Sequence[Dimension],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Usage]:
        """Return the usage of jobs submitted from `since` to before `until`, group by group."""
        groups = [COLUMNS[dimension].label(f"by_{dimension.value}") for dimension in by]
        work = _work_of_jobs()
        wait = seconds_between(job.c.start_time, work.c.first_start)
        statement = (
            select(
                *groups,
                func.count(job.c.id).label("jobs"),
                _count(EntityState.COMPLETED),
                _count(EntityState.FAILED),
                _count(EntityState.CANCELED),
                func.coalesce(func.sum(work.c.seconds), 0.0).label("seconds"),
                func.coalesce(func.sum(work.c.primaries), 0).label("primaries"),
                func.avg(wait).label("mean_wait"),
                func.max(wait).label("longest_wait"),
            )
            .select_from(job)
            .join(user, user.c.id == job.c.user_id)
            .outerjoin(work, work.c.job_id == job.c.id)
            .group_by(*groups)
            .order_by(*groups)
        )
        if since is not None:
            statement = statement.where(job.c.start_time >= since)
        if until is not None:
            statement = statement.where(job.c.start_time < until)
        rows = self._connection.execute(statement).mappings()
        return [_usage(by, row) for row in rows if row["jobs"]]


def _work_of_jobs() -> Subquery:
    """Return what the tasks of each job add up to."""
    until = func.coalesce(task.c.end_time, task.c.last_update)
    return (
        select(
            task.c.job_id,
            func.sum(seconds_between(task.c.start_time, until)).label("seconds"),
            func.sum(task.c.simulated_primaries).label("primaries"),
            func.min(task.c.start_time).label("first_start"),
        )
        .group_by(task.c.job_id)
        .subquery("work")
    )


def _count(state: EntityState) -> ColumnElement[int]:
    return func.sum(case((job.c.state == state.value, 1), else_=0)).label(state.value)


def _usage(by: Sequence[Dimension], row: RowMapping) -> Usage:
    return Usage(
        group={dimension: row[f"by_{dimension.value}"] for dimension in by},
        jobs=row["jobs"],
        completed=row[EntityState.COMPLETED.value],
        failed=row[EntityState.FAILED.value],
        canceled=row[EntityState.CANCELED.value],
        cpu_hours=row["seconds"] / SECONDS_PER_HOUR,
        simulated_primaries=int(row["primaries"]),
        mean_wait=row["mean_wait"],
        longest_wait=row["longest_wait"],
    )
