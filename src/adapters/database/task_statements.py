"""The conditional updates of a task: each is one statement, so that races have one winner."""

from collections.abc import Sequence
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
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement

from adapters.database.tables import UtcDateTime, job, task
from domain.job import TaskReport
from domain.states import PREDECESSORS, TERMINAL, EntityState

OVER = [state.value for state in TERMINAL]
LIVE_JOB = [EntityState.PENDING.value, EntityState.RUNNING.value]
NEXT_VERSION = task.c.version + 1


@cache
def claim() -> Update:
    """Return the claim of a waiting task; the same claim repeated matches again.

    Built once. Its values are of_job, of_index, of_attempt, by_claim, now and until.
    """
    waiting = task.c.state == EntityState.PENDING.value
    claims: BindParameter[str] = bindparam("by_claim")
    held = and_(task.c.state == EntityState.RUNNING.value, task.c.claim_id == claims)
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
    simulation_id: int, said: TaskReport, now: datetime, lease_until: datetime
) -> tuple[Update, dict[str, object]]:
    """Return the update that does to a row what `Task.apply` does to a task, and its values."""
    return _report(said.state, said.attempt is not None), {
        "of_job": simulation_id,
        "of_index": said.index,
        "of_attempt": said.attempt,
        "said_simulated": said.simulated_primaries or 0,
        "said_seconds": said.estimated_seconds,
        "said_start": said.start_time or now,
        "said_end": said.end_time or now,
        "said_now": now,
        "said_lease": lease_until,
    }


@cache
def _report(wanted: EntityState | None, names_attempt: bool) -> Update:
    """Return the update for reports of one kind, built once: building costs more than running."""
    state = _next_state(wanted)
    ends = state.in_(OVER)
    start = func.coalesce(task.c.start_time, bindparam("said_start", type_=UtcDateTime()))
    end = bindparam("said_end", type_=UtcDateTime())
    seconds = bindparam("said_seconds", type_=BigInteger())
    statement = (
        update(task)
        .where(task.c.job_id == bindparam("of_job"), task.c.task_index == bindparam("of_index"))
        .where(task.c.state.not_in(OVER))
        .values(
            state=state,
            simulated_primaries=_progress(state, bindparam("said_simulated", type_=BigInteger())),
            estimated_seconds=case(
                (ends, None), else_=func.coalesce(seconds, task.c.estimated_seconds)
            ),
            start_time=start,
            end_time=case((ends, case((end < start, start), else_=end)), else_=None),
            last_update=bindparam("said_now", type_=UtcDateTime()),
            lease_until=case((ends, None), else_=bindparam("said_lease", type_=UtcDateTime())),
            version=NEXT_VERSION,
        )
    )
    if names_attempt:
        statement = statement.where(task.c.attempt == bindparam("of_attempt"))
    return statement.returning(task)


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


def release(simulation_id: int, index: int, attempt: int, claim_id: str, now: datetime) -> Update:
    """Return the beginning of the next attempt of a task that its worker hands back."""
    return (
        _next_attempt(simulation_id, index, attempt, now)
        .where(task.c.claim_id == claim_id, _job_lives(simulation_id))
        .returning(task)
    )


def next_turn(user_id: int) -> Select[tuple[int | None, int | None]]:
    """Return the query for the turn that is served now, and the user's last that waits."""
    waits = task.c.state == EntityState.PENDING.value
    served = select(func.min(task.c.turn)).where(waits).scalar_subquery().label("served")
    last = (
        select(func.max(task.c.turn))
        .join(job, job.c.id == task.c.job_id)
        .where(waits, job.c.user_id == user_id, job.c.state.in_(LIVE_JOB))
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
    return exists(select(job.c.id).where(job.c.id == simulation_id, job.c.state.in_(LIVE_JOB)))


def _moment(value: datetime | None) -> ColumnElement[Any]:
    return literal(value, UtcDateTime())


def _next_state(wanted: EntityState | None) -> ColumnElement[Any]:
    if wanted is None:
        return task.c.state
    earlier = [state.value for state in PREDECESSORS[wanted]]
    return case((task.c.state.in_(earlier), wanted.value), else_=task.c.state)


def _progress(state: ColumnElement[Any], simulated: ColumnElement[Any]) -> ColumnElement[Any]:
    requested, known = task.c.requested_primaries, task.c.simulated_primaries
    more = case((known < simulated, simulated), else_=known)
    capped = case((more > requested, requested), else_=more)
    return case((state == EntityState.COMPLETED.value, requested), else_=capped)
