"""The conditional updates of a task: each is one statement, so that races have one winner."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Select,
    Update,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from adapters.database.schema.tables import UtcDateTime, job, task
from application.ports.security import UpdateClaims
from domain.job import TaskReport
from domain.states import PREDECESSORS, TERMINAL, EntityState

OVER = [state.value for state in TERMINAL]
LIVE = (EntityState.PENDING, EntityState.RUNNING)
LIVE_JOB = [state.value for state in LIVE]
NEXT_VERSION = task.c.version + 1


@cache
def claim() -> Update:
    """Return the claim of a waiting task; the same claim repeated matches again.

    Built once. Its values are of_job, of_index, of_attempt, by_claim, now and until.
    """
    waiting = task.c.state == _constant(EntityState.PENDING)
    claims: BindParameter[str] = bindparam("by_claim")
    held = and_(task.c.state == _constant(EntityState.RUNNING), task.c.claim_id == claims)
    this = and_(
        task.c.job_id == bindparam("of_job"),
        task.c.task_index == bindparam("of_index"),
        task.c.attempt == bindparam("of_attempt"),
    )
    now = bindparam("now", type_=UtcDateTime())
    return (
        update(task)
        .where(this, or_(waiting, held), _job_lives(bindparam("of_job")))
        .values(
            state=EntityState.RUNNING.value,
            claim_id=claims,
            start_time=func.coalesce(task.c.start_time, now),
            last_update=now,
            lease_until=bindparam("until", type_=UtcDateTime()),
            version=NEXT_VERSION,
        )
        .returning(task)
    )


def report(
    simulation_id: int,
    said: TaskReport,
    now: datetime,
    lease_until: datetime,
    key: UpdateClaims | None = None,
) -> tuple[Update, dict[str, object]]:
    """Return the update that does to a row what `Task.apply` does to a task, and its values.

    With a `key` it matches only if that was made for the job, and if the job is not over.
    """
    values: dict[str, object] = {
        "of_job": simulation_id,
        "of_index": said.index,
        "said_start": said.start_time or now,
        "said_now": now,
    }
    if said.state is not EntityState.COMPLETED:
        values["said_simulated"] = said.simulated_primaries or 0
    if said.state in TERMINAL:
        values["said_end"] = said.end_time or now
    else:
        values |= {"said_seconds": said.estimated_seconds, "said_lease": lease_until}
    if said.attempt is not None:
        values["of_attempt"] = said.attempt
    names_attempt = said.attempt is not None
    if key is None:
        return _report(said.state, names_attempt), values
    values["of_key"] = key.job.job_id or key.issued_by
    return _with_key(said.state, names_attempt, bool(key.job.job_id)), values


@cache
def _with_key(wanted: EntityState | None, names_attempt: bool, names_job: bool) -> Update:
    """Return the update for reports that come with a key, by the job's id or by its beginning."""
    of_job = and_(job.c.id == bindparam("of_job"), ~_is_one_of(job.c.state, TERMINAL))
    if names_job:
        made_for = job.c.job_id == bindparam("of_key")
    else:
        made_for = job.c.start_time <= bindparam("of_key", type_=UtcDateTime())
    return _report(wanted, names_attempt).where(exists(select(job.c.id).where(of_job, made_for)))


@cache
def _report(wanted: EntityState | None, names_attempt: bool) -> Update:
    """Return the update for reports of one kind, built once: building costs more than running."""
    start = func.coalesce(task.c.start_time, bindparam("said_start", type_=UtcDateTime()))
    simulated = task.c.requested_primaries if wanted is EntityState.COMPLETED else _progress()
    if wanted is None or not wanted.is_terminal:
        changes = _going_on(wanted)
    else:
        changes = _ended(wanted, start)
    statement = (
        update(task)
        .where(task.c.job_id == bindparam("of_job"), task.c.task_index == bindparam("of_index"))
        .where(~_is_one_of(task.c.state, TERMINAL))
        .values(
            start_time=start,
            simulated_primaries=simulated,
            last_update=bindparam("said_now", type_=UtcDateTime()),
            version=NEXT_VERSION,
            **changes,
        )
    )
    if names_attempt:
        statement = statement.where(task.c.attempt == bindparam("of_attempt"))
    return statement.returning(task)


def _ended(wanted: EntityState, start: ColumnElement[Any]) -> dict[str, Any]:
    """Return what an end sets: whatever is not over may end in any way."""
    end = bindparam("said_end", type_=UtcDateTime())
    return {
        "state": _constant(wanted),
        "estimated_seconds": None,
        "end_time": case((end < start, start), else_=end),
        "lease_until": None,
    }


def _going_on(wanted: EntityState | None) -> dict[str, Any]:
    """Return what is set by a report that is no end."""
    seconds = bindparam("said_seconds", type_=BigInteger())
    return {
        "state": _next_state(wanted),
        "estimated_seconds": func.coalesce(seconds, task.c.estimated_seconds),
        "end_time": None,
        "lease_until": bindparam("said_lease", type_=UtcDateTime()),
    }


def cancel_all(simulation_id: int, now: datetime) -> Update:
    """Return the cancellation of all tasks of a job that are not over."""
    return _end(EntityState.CANCELED, now).where(task.c.job_id == simulation_id)


def fail(simulation_id: int, index: int, attempt: int, now: datetime) -> Update:
    """Return the failure of one attempt of a task."""
    this_attempt = and_(_this(simulation_id, index), task.c.attempt == attempt)
    return _end(EntityState.FAILED, now).where(this_attempt)


def reject(simulation_id: int, index: int, attempt: int, now: datetime) -> Update:
    """Return the failure of one attempt of a task that has completed, before it is merged."""
    return (
        update(task)
        .where(_this(simulation_id, index), task.c.attempt == attempt)
        .where(task.c.state == EntityState.COMPLETED.value, _job_lives(simulation_id))
        .values(state=EntityState.FAILED.value, last_update=now, version=NEXT_VERSION)
    )


def retry(simulation_id: int, index: int, attempt: int, now: datetime) -> Update:
    """Return the beginning of the next attempt of a task that was lost."""
    return _next_attempt(simulation_id, index, attempt, now).values(losses=task.c.losses + 1)


def release(
    simulation_id: int,
    index: int,
    attempt: int,
    claim_id: str,
    now: datetime,
    most_losses: int | None = None,
) -> Update:
    """Return the beginning of the next attempt of a task that its worker hands back.

    With `most_losses` that is counted, and done if the task was lost no oftener before.
    """
    statement = (
        _next_attempt(simulation_id, index, attempt, now)
        .where(task.c.claim_id == claim_id, _job_lives(simulation_id))
        .returning(task)
    )
    if most_losses is None:
        return statement
    return statement.where(task.c.losses <= most_losses).values(losses=task.c.losses + 1)


def next_turn(user_id: int) -> Select[tuple[int | None, int | None]]:
    """Return the query for the turn that is served now, and the user's last that waits."""
    waits = task.c.state == EntityState.PENDING.value
    served = select(func.min(task.c.turn)).where(waits).scalar_subquery().label("served")
    last = (
        select(func.max(task.c.turn))
        .join(job, job.c.id == task.c.job_id)
        .where(waits, job.c.user_id == user_id, _is_one_of(job.c.state, LIVE))
    )
    return select(served, last.scalar_subquery().label("last"))


def _next_attempt(simulation_id: int, index: int, attempt: int, now: datetime) -> Update:
    return (
        update(task)
        .where(_this(simulation_id, index), task.c.attempt == attempt)
        .where(task.c.state.not_in(OVER))
        .values(
            state=EntityState.PENDING.value,
            attempt=attempt + 1,
            simulated_primaries=0,
            estimated_seconds=None,
            start_time=None,
            end_time=None,
            last_update=now,
            lease_until=None,
            claim_id=None,
            version=NEXT_VERSION,
        )
    )


def touch(simulation_id: int, indices: Sequence[int], now: datetime) -> Update:
    """Return the note that waiting tasks were enqueued again."""
    return (
        update(task)
        .where(task.c.job_id == simulation_id, task.c.task_index.in_(indices))
        .where(task.c.state == EntityState.PENDING.value)
        .values(last_update=now, version=NEXT_VERSION)
    )


def _end(state: EntityState, now: datetime) -> Update:
    # The clock may have been set back since the task began.
    moment = _moment(now)
    end = case((task.c.start_time > moment, task.c.start_time), else_=moment)
    return (
        update(task)
        .where(task.c.state.not_in(OVER))
        .values(
            state=state.value,
            estimated_seconds=None,
            end_time=end,
            last_update=now,
            lease_until=None,
            version=NEXT_VERSION,
        )
    )


def _this(simulation_id: int, index: int) -> ColumnElement[bool]:
    return and_(task.c.job_id == simulation_id, task.c.task_index == index)


def _job_lives(simulation_id: int | BindParameter[Any]) -> ColumnElement[bool]:
    return exists(select(job.c.id).where(job.c.id == simulation_id, _is_one_of(job.c.state, LIVE)))


def _moment(value: datetime | None) -> ColumnElement[Any]:
    return literal(value, UtcDateTime())


def _next_state(wanted: EntityState | None) -> ColumnElement[Any]:
    if wanted is None:
        return task.c.state
    earlier = _is_one_of(task.c.state, PREDECESSORS[wanted])
    return case((earlier, _constant(wanted)), else_=task.c.state)


def _progress() -> ColumnElement[Any]:
    """Return the primaries said or known, whichever are more, but not more than were asked for."""
    requested, known = task.c.requested_primaries, task.c.simulated_primaries
    simulated = bindparam("said_simulated", type_=BigInteger())
    more = case((known < simulated, simulated), else_=known)
    return case((more > requested, requested), else_=more)


def _is_one_of(column: ColumnElement[Any], states: Iterable[EntityState]) -> ColumnElement[bool]:
    """Return whether a column holds one of these states, which are part of the statement's text.

    As parameters, a list of them would be put together anew at each execution.
    """
    return column.in_([_constant(state) for state in sorted(states)])


def _constant(state: EntityState) -> ColumnElement[Any]:
    return literal_column(f"'{state.value}'")
