"""Jobs of all users in SQL."""

from collections.abc import Iterator, Sequence

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Subquery,
    case,
    delete,
    exists,
    func,
    select,
    update,
)

from adapters.database.jobs.task_statements import OVER
from adapters.database.schema.tables import job, job_input, logfile, task, user
from application.ports.compressor import Compressor
from application.ports.job_overview import JobFilter, JobRecord
from domain.job import Platform
from domain.states import EntityState
from domain.users import UserSource


class SqlJobOverview:
    """JobOverview port."""

    def __init__(self, connection: Connection, compressor: Compressor) -> None:
        self._connection = connection
        self._compressor = compressor

    def find(self, wanted: JobFilter) -> Sequence[JobRecord]:
        """Return the jobs that fit, newest first."""
        chosen = (
            select(job, user.c.username, user.c.source)
            .join(user, user.c.id == job.c.user_id)
            .where(*_conditions(wanted))
            .order_by(job.c.start_time.desc(), job.c.id.desc())
            .limit(wanted.limit)
            .subquery("chosen")
        )
        counts = _counts(chosen)
        statement = (
            select(chosen, *(column for column in counts.c if column.name != "job_key"))
            .outerjoin(counts, counts.c.job_key == chosen.c.id)
            .order_by(chosen.c.start_time.desc(), chosen.c.id.desc())
        )
        return [_record(row) for row in self._connection.execute(statement).mappings()]

    def drop_details(self, simulation_id: int) -> None:
        """Forget the logs of a job, and the input files where a project can make them again."""
        self._connection.execute(delete(logfile).where(logfile.c.job_id == simulation_id))
        nothing = self._compressor.compress(msgspec.msgpack.encode({}))
        of_project = (job_input.c.job_id == simulation_id) & job_input.c.project.is_not(None)
        self._connection.execute(update(job_input).where(of_project).values(files=nothing))


def _conditions(wanted: JobFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.username is not None:
        yield user.c.username == wanted.username
    if wanted.states:
        yield job.c.state.in_([state.value for state in wanted.states])
    if wanted.sim_type is not None:
        yield job.c.sim_type == wanted.sim_type
    if wanted.platform is not None:
        yield job.c.platform == wanted.platform.value
    if wanted.never_retried:
        again = job.alias("again")
        yield ~exists().where(again.c.retry_of == job.c.job_id)
    yield from _times(wanted)


def _times(wanted: JobFilter) -> Iterator[ColumnElement[bool]]:
    if wanted.started_after is not None:
        yield job.c.start_time >= wanted.started_after
    if wanted.started_before is not None:
        yield job.c.start_time < wanted.started_before
    if wanted.ended_before is not None:
        yield job.c.state.in_(OVER)
        yield func.coalesce(job.c.end_time, job.c.start_time) < wanted.ended_before


def _counts(chosen: Subquery) -> Subquery:
    """Return how far the tasks of the chosen jobs are."""
    return (
        select(
            task.c.job_id.label("job_key"),
            func.count().label("tasks"),
            func.sum(_is(EntityState.COMPLETED)).label("completed"),
            func.sum(_is(EntityState.FAILED)).label("failed"),
            func.sum(task.c.requested_primaries).label("requested"),
            func.sum(task.c.simulated_primaries).label("simulated"),
        )
        .where(task.c.job_id.in_(select(chosen.c.id)))
        .group_by(task.c.job_id)
        .subquery("counts")
    )


def _is(state: EntityState) -> ColumnElement[int]:
    return case((task.c.state == state.value, 1), else_=0)


def _record(row: RowMapping) -> JobRecord:
    return JobRecord(
        job_id=row["job_id"],
        username=row["username"],
        source=UserSource(row["source"]),
        title=row["title"],
        sim_type=row["sim_type"],
        platform=Platform(row["platform"]),
        state=EntityState(row["state"]),
        start_time=row["start_time"],
        end_time=row["end_time"],
        retry_of=row["retry_of"],
        simulation_id=row["id"],
        tasks=row["tasks"] or 0,
        completed_tasks=row["completed"] or 0,
        failed_tasks=row["failed"] or 0,
        primaries=int(row["requested"] or 0),
        simulated_primaries=int(row["simulated"] or 0),
        instead_of=row["instead_of"],
    )
