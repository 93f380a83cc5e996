"""Merges and their claims, and the queries that find work nobody does any more."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection, Select, Update, and_, exists, or_, select, update

from adapters.database.jobs.job_rows import job_of, task_of
from adapters.database.jobs.task_statements import LIVE_JOB, OVER
from adapters.database.schema.tables import job, task
from application.ports.job_repository import LostWork
from domain.job import Platform
from domain.states import EntityState

MOST_AT_ONCE = 5000


def claim_merge(simulation_id: int, claim_id: str, now: datetime, lease_until: datetime) -> Update:
    """Return the claim of a merge that waits, is held by the same claim, or was lost."""
    queued = job.c.state == EntityState.MERGING_QUEUED.value
    free = or_(job.c.merge_claim == claim_id, job.c.merge_lease_until < now)
    running = and_(job.c.state == EntityState.MERGING_RUNNING.value, free)
    return (
        update(job)
        .where(job.c.id == simulation_id, or_(queued, running))
        .values(
            state=EntityState.MERGING_RUNNING.value,
            merge_claim=claim_id,
            merge_lease_until=lease_until,
            version=job.c.version + 1,
        )
    )


def renew_merge(simulation_id: int, claim_id: str, lease_until: datetime) -> Update:
    """Return the extension of a merge's lease."""
    return (
        update(job)
        .where(job.c.id == simulation_id, job.c.merge_claim == claim_id)
        .where(job.c.state == EntityState.MERGING_RUNNING.value)
        .values(merge_lease_until=lease_until)
    )


def release_merge(simulation_id: int, claim_id: str, now: datetime) -> Update:
    """Return the end of a merge's lease."""
    return renew_merge(simulation_id, claim_id, now - timedelta(seconds=1))


def lost_tasks(
    connection: Connection, now: datetime, pending_since: datetime, beyond: datetime
) -> Sequence[LostWork]:
    """Return lost tasks by job: lease run out, or waiting untouched since then."""
    run_out = or_(task.c.lease_until < now, task.c.lease_until > beyond)
    silent = and_(task.c.state == EntityState.RUNNING.value, run_out)
    untouched = or_(task.c.last_update < pending_since, task.c.last_update > beyond)
    forgotten = and_(task.c.state == EntityState.PENDING.value, untouched)
    lost = (
        select(task)
        .join(job, job.c.id == task.c.job_id)
        .where(or_(silent, forgotten), job.c.state.in_(LIVE_JOB))
        .where(job.c.platform == Platform.DIRECT.value)
        .order_by(task.c.job_id, task.c.task_index)
        .limit(MOST_AT_ONCE)
    )
    rows = connection.execute(lost).mappings().all()
    keys = {row["job_id"] for row in rows}
    found = connection.execute(select(job).where(job.c.id.in_(keys))).mappings() if keys else ()
    jobs = {row["id"]: job_of(row, []) for row in found}
    return [
        LostWork(jobs[key], [task_of(row) for row in group])
        for key, group in groupby(rows, key=lambda row: row["job_id"])
    ]


def unsettled() -> Select[tuple[int, str]]:
    """Return the query for jobs that go on although all their tasks are over."""
    of_job = task.c.job_id == job.c.id
    return select(job.c.id, job.c.job_id).where(
        job.c.state.in_(LIVE_JOB),
        job.c.platform == Platform.DIRECT.value,
        exists(select(task.c.id).where(of_job)),
        ~exists(select(task.c.id).where(of_job, task.c.state.not_in(OVER))),
    )


def lost_merges(
    now: datetime, queued_before: datetime, beyond: datetime
) -> Select[tuple[int, str]]:
    """Return the query for merges that wait since before then or whose lease ran out."""
    enqueued = job.c.merge_enqueued
    waits_long = or_(enqueued.is_(None), enqueued < queued_before, enqueued > beyond)
    queued = and_(job.c.state == EntityState.MERGING_QUEUED.value, waits_long)
    run_out = or_(job.c.merge_lease_until < now, job.c.merge_lease_until > beyond)
    silent = and_(job.c.state == EntityState.MERGING_RUNNING.value, run_out)
    return select(job.c.id, job.c.job_id).where(or_(queued, silent)).order_by(job.c.id)
