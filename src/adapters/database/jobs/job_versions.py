"""Versions of jobs, and how many there are in each state.

Every change of a job or of a task adds one to the version of its own row. The version of a job is
the sum over its row and those of its tasks, so that reports on different tasks of one job never
wait for each other.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Label, Select, Table, bindparam, cast, func, select

from adapters.database.schema.tables import job, task
from application.ports.job_repository import StateCounts
from domain.states import EntityState


def task_changes() -> Label[int]:
    """Return the part of a job's version that is kept in its tasks."""
    # PostgreSQL sums whole numbers to decimal ones.
    total = cast(func.sum(task.c.version), BigInteger)
    of_job = select(total).where(task.c.job_id == job.c.id)
    return func.coalesce(of_job.scalar_subquery(), 0).label("task_changes")


HEAD = select(job, task_changes()).where(job.c.job_id == bindparam("job_id"))
"""A job with its version, by the id that its owner knows; made once, for it is asked so often."""


def versions(simulation_ids: Sequence[int]) -> Select[Any]:
    """Return the query for the versions of some jobs."""
    version = (job.c.version + task_changes()).label("version")
    return select(job.c.id, version).where(job.c.id.in_(simulation_ids))


def counts(connection: Connection) -> StateCounts:
    """Count all jobs and all tasks by state."""
    return StateCounts(_by_state(connection, job), _by_state(connection, task))


def _by_state(connection: Connection, table: Table) -> dict[EntityState, int]:
    statement = select(table.c.state, func.count()).group_by(table.c.state)
    return {EntityState(state): count for state, count in connection.execute(statement)}
