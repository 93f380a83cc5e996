"""Batch jobs in SQL."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Select,
    and_,
    func,
    insert,
    null,
    or_,
    select,
    update,
)

from adapters.database.clusters.clusters import cluster_of, options_of, options_text
from adapters.database.jobs.job_rows import job_of, task_of
from adapters.database.schema.tables import batch_job, cluster, job, task
from application.ports.batch_repository import BatchJob, ClusterUser
from domain.cluster import BatchOptions, Cluster
from domain.job import Task

OPEN = batch_job.c.next_poll.is_not(None)
SUBMITTED = batch_job.c.array_id.is_not(None)


class SqlBatchRepository:
    """BatchRepository port; a job is open as long as it has a time for the next poll."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, simulation_id: int, cluster_id: int, options: BatchOptions) -> None:
        """Note where a stored job is to run; it is due at once."""
        start = select(job.c.start_time).where(job.c.id == simulation_id).scalar_subquery()
        values = {"id": simulation_id, "cluster_id": cluster_id, "next_poll": start}
        self._connection.execute(insert(batch_job).values(**values, options=options_text(options)))

    def due(self, now: datetime) -> Sequence[ClusterUser]:
        """Return the users and clusters with an open job whose time has come."""
        return self._users(batch_job.c.next_poll <= now)

    def claim(self, whose: ClusterUser, now: datetime, until: datetime) -> Sequence[BatchJob]:
        """Take the open jobs of a user on a cluster until then, with their tasks."""
        mine = and_(OPEN, _of(whose))
        due = update(batch_job).where(mine, batch_job.c.next_poll <= now)
        taken = due.values(next_poll=until).returning(batch_job.c.id)
        keys = set(self._connection.scalars(taken))
        if not keys:
            return []
        self._set(and_(mine, SUBMITTED), next_poll=until)
        return self._jobs(and_(mine, or_(SUBMITTED, batch_job.c.id.in_(keys))))

    def claim_new(self, simulation_id: int, now: datetime, until: datetime) -> BatchJob | None:
        """Take one open job that was not submitted yet, if it is due."""
        this = and_(batch_job.c.id == simulation_id, batch_job.c.array_id.is_(None))
        due = update(batch_job).where(this, batch_job.c.next_poll <= now)
        if not self._connection.execute(due.values(next_poll=until)).rowcount:
            return None
        return self.get(simulation_id)

    def get(self, simulation_id: int) -> BatchJob | None:
        """Return a batch job, None if there is none (any more)."""
        found = self._jobs(batch_job.c.id == simulation_id)
        return found[0] if found else None

    def attempted(self, simulation_id: int) -> None:
        """Count one more try to submit, before it is made."""
        self._set(batch_job.c.id == simulation_id, attempts=batch_job.c.attempts + 1)

    def submitted(self, simulation_id: int, job_dir: str, array_id: int, collect_id: int) -> None:
        """Note what the cluster calls a job."""
        self._set(
            batch_job.c.id == simulation_id,
            job_dir=job_dir,
            array_id=array_id,
            collect_id=collect_id,
            has_folder=True,
        )

    def asked(self, simulation_ids: Sequence[int], now: datetime) -> None:
        """Note that the cluster has answered about these jobs."""
        self._set(batch_job.c.id.in_(simulation_ids), asked=now)

    def schedule(self, whose: ClusterUser, when: datetime) -> None:
        """Set when all open jobs that a user has submitted to a cluster are due next."""
        self._set(and_(OPEN, SUBMITTED, _of(whose)), next_poll=when)

    def put_off(self, simulation_id: int, when: datetime) -> None:
        """Set when one open job is due next."""
        self._set(and_(OPEN, batch_job.c.id == simulation_id), next_poll=when)

    def last_asked(self, whose: ClusterUser) -> datetime | None:
        """Return when a cluster last answered about a user's open jobs, if ever."""
        asked = select(func.max(batch_job.c.asked)).where(OPEN, _of(whose))
        last: datetime | None = self._connection.execute(asked).scalar_one_or_none()
        return last

    def is_open(self, simulation_id: int) -> bool:
        """Say whether this is a batch job that is still open; False for a direct job."""
        this = select(batch_job.c.id).where(OPEN, batch_job.c.id == simulation_id)
        return self._connection.execute(this).first() is not None

    def close(self, simulation_id: int) -> None:
        """Note that nothing of a job is left to do on its cluster."""
        self._set(batch_job.c.id == simulation_id, next_poll=null())

    def expired(self, ended_before: datetime) -> Sequence[ClusterUser]:
        """Return users and clusters where folders of closed jobs that old were not removed yet."""
        return self._users(_expired(ended_before))

    def swept(self, whose: ClusterUser, ended_before: datetime) -> None:
        """Note that the folders of a user's closed jobs that old are gone."""
        old = select(batch_job.c.id).join(job, job.c.id == batch_job.c.id)
        old = old.where(_expired(ended_before), job.c.user_id == whose.user_id)
        old = old.where(batch_job.c.cluster_id == whose.cluster_id)
        self._set(batch_job.c.id.in_(old), has_folder=False)

    def open_job_ids(self, whose: ClusterUser) -> Sequence[str]:
        """Return the job ids of a user's open jobs on a cluster."""
        statement = select(job.c.job_id).join(batch_job, batch_job.c.id == job.c.id)
        return list(self._connection.scalars(statement.where(OPEN, _of(whose))))

    def _users(self, which: ColumnElement[bool]) -> Sequence[ClusterUser]:
        statement = (
            select(job.c.user_id, batch_job.c.cluster_id)
            .join(job, job.c.id == batch_job.c.id)
            .where(which)
            .distinct()
            .order_by(job.c.user_id, batch_job.c.cluster_id)
        )
        return [ClusterUser(*row) for row in self._connection.execute(statement)]

    def _jobs(self, which: ColumnElement[bool]) -> Sequence[BatchJob]:
        rows = self._connection.execute(_with_job(which)).mappings().all()
        keys = [row["id"] for row in rows]
        places = {row["cluster_id"] for row in rows}
        clusters = select(cluster).where(cluster.c.id.in_(places))
        known = {
            row["id"]: cluster_of(row) for row in self._connection.execute(clusters).mappings()
        }
        tasks = select(task).where(task.c.job_id.in_(keys))
        found = self._connection.execute(tasks.order_by(task.c.job_id, task.c.task_index))
        by_job = {
            key: [task_of(item) for item in group]
            for key, group in groupby(found.mappings(), lambda item: item["job_id"])
        }
        return [_batch_job(row, known, by_job) for row in rows]

    def _set(self, which: ColumnElement[bool], **values: object) -> None:
        self._connection.execute(update(batch_job).where(which).values(**values))


def _of(whose: ClusterUser) -> ColumnElement[bool]:
    jobs = select(job.c.id).where(job.c.user_id == whose.user_id)
    return and_(batch_job.c.cluster_id == whose.cluster_id, batch_job.c.id.in_(jobs))


def _expired(ended_before: datetime) -> ColumnElement[bool]:
    ended = select(job.c.id).where(job.c.end_time < ended_before)
    return and_(~OPEN, batch_job.c.has_folder, batch_job.c.id.in_(ended))


def _with_job(which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    own = [column for column in batch_job.c if column.name != "id"]
    return (
        select(job, *own)
        .join(batch_job, batch_job.c.id == job.c.id)
        .where(which)
        .order_by(job.c.id)
    )


def _batch_job(
    row: RowMapping, clusters: dict[int, Cluster], tasks: dict[int, list[Task]]
) -> BatchJob:
    return BatchJob(
        job=job_of(row, tasks.get(row["id"], [])),
        cluster=clusters[row["cluster_id"]],
        options=options_of(row["options"]),
        job_dir=row["job_dir"],
        array_id=row["array_id"],
        collect_id=row["collect_id"],
        attempts=row["attempts"],
        asked=row["asked"],
    )
