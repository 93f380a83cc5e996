"""Jobs, their tasks and inputs in SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    delete,
    insert,
    select,
)

from adapters.database.jobs import (
    job_lists,
    job_versions,
    lost_work,
    state_changes,
    submission_keys,
    task_statements,
)
from adapters.database.jobs.job_rows import (
    NUMBERED,
    input_of,
    input_values,
    job_of,
    job_values,
    read_tally,
    read_tasks,
    read_work,
    task_of,
)
from adapters.database.jobs.merges import SqlMerges
from adapters.database.jobs.task_insertion import insert_tasks
from adapters.database.schema.tables import batch_job, direct_job, job, job_input, task
from application.ports.compressor import Compressor
from application.ports.job_repository import (
    JobInput,
    JobOutline,
    JobQuery,
    JobWork,
    LostWork,
    StateCounts,
    SubmissionKey,
)
from application.ports.security import UpdateClaims
from domain.errors import JobNotFound, UnknownSimulation
from domain.job import Job, JobRef, Platform, Task, TaskReport, TaskTally
from domain.states import EntityState


class SqlJobRepository(SqlMerges):
    """JobRepository port."""

    def __init__(self, connection: Connection, compressor: Compressor) -> None:
        super().__init__(connection)
        self._compressor = compressor

    def add(self, new: Job, with_input: JobInput, submitted: SubmissionKey | None = None) -> Job:
        """Store a job with its tasks and input; return it with its simulation_id.

        SubmissionKeyTaken when a job was submitted with this key.
        """
        key = submission_keys.insert_job(self._connection, job_values(new), submitted)
        if new.platform is Platform.DIRECT:
            self._connection.execute(insert(direct_job).values(id=key))
        values = {"job_id": key, **input_values(with_input, self._compressor)}
        self._connection.execute(insert(job_input).values(values))
        tasks = [
            replace(item, last_update=item.last_update or new.start_time) for item in new.tasks
        ]
        insert_tasks(self._connection, key, tasks)
        return replace(new, simulation_id=key, tasks=tasks, version=1 + len(tasks))

    def by_job_id(self, job_id: str) -> Job:
        """Return a job with its tasks in order of index; JobNotFound."""
        found = self._find(job.c.job_id == job_id)
        if found is None:
            raise JobNotFound(job_id)
        return found

    def by_simulation_id(self, simulation_id: int) -> Job:
        """Return a job with its tasks in order of index; UnknownSimulation."""
        found = self._find(job.c.id == simulation_id)
        if found is None:
            raise UnknownSimulation(simulation_id)
        return found

    def numbered(self, simulation_id: int) -> Job:
        """Return a job without its tasks, and so without its version; UnknownSimulation."""
        row = self._connection.execute(NUMBERED, {"simulation_id": simulation_id}).mappings()
        found = row.first()
        if found is None:
            raise UnknownSimulation(simulation_id)
        return job_of(found, [])

    def head(self, job_id: str) -> Job:
        """Return a job without its tasks; JobNotFound."""
        found = self._connection.execute(job_versions.HEAD, {"job_id": job_id})
        row = found.mappings().first()
        if row is None:
            raise JobNotFound(job_id)
        return job_of(row, [])

    def tasks_of(self, simulation_id: int) -> Sequence[Task]:
        """Return a job's tasks in order of index."""
        return read_tasks(self._connection, simulation_id)

    def versions(self, simulation_ids: Sequence[int]) -> Mapping[int, int]:
        """Return the versions of those of these jobs that there are."""
        rows = self._connection.execute(job_versions.versions(simulation_ids))
        return {row.id: row.version for row in rows}

    def submitted_with(self, user_id: int, key: str) -> tuple[Job, str] | None:
        """Return the job, without its tasks, that a user submitted with a key, and the digest."""
        row = self._row(and_(job.c.user_id == user_id, job.c.submission_key == key))
        return None if row is None else (job_of(row, []), row["submission_digest"])

    def counts(self) -> StateCounts:
        """Count all jobs and all tasks by state."""
        return job_versions.counts(self._connection)

    def _row(self, which: ColumnElement[bool]) -> RowMapping | None:
        statement = select(job, job_versions.task_changes()).where(which)
        return self._connection.execute(statement).mappings().first()

    def _find(self, which: ColumnElement[bool]) -> Job | None:
        row = self._row(which)
        return None if row is None else job_of(row, list(self.tasks_of(row["id"])))

    def outlines(self, user_id: int, query: JobQuery) -> tuple[Sequence[JobOutline], int]:
        """Return one page of a user's jobs, and how many there are on all pages."""
        return job_lists.outlines(self._connection, user_id, query)

    def sim_type_of(self, simulation_id: int) -> str:
        """Return which simulator a job is for, without its tasks; UnknownSimulation."""
        statement = select(job.c.sim_type).where(job.c.id == simulation_id)
        found: str | None = self._connection.execute(statement).scalar_one_or_none()
        if found is None:
            raise UnknownSimulation(simulation_id)
        return found

    def input_of(self, simulation_id: int) -> JobInput:
        """Return what a job was submitted with; UnknownSimulation."""
        statement = select(job_input).where(job_input.c.job_id == simulation_id)
        row = self._connection.execute(statement).mappings().first()
        if row is None:
            raise UnknownSimulation(simulation_id)
        return input_of(row, self._compressor)

    def work_of(self, simulation_id: int) -> JobWork | None:
        """Return what a worker has to know of a job, None if there is no such job (any more)."""
        return read_work(self._connection, simulation_id, self._compressor)

    def claim_task(
        self,
        simulation_id: int,
        index: int,
        attempt: int,
        claim_id: str,
        now: datetime,
        lease_until: datetime,
    ) -> Task | None:
        """Move a PENDING task of this attempt to RUNNING for `claim_id`, in one statement."""
        values = {
            "of_job": simulation_id,
            "of_index": index,
            "of_attempt": attempt,
            "by_claim": claim_id,
            "now": now,
            "until": lease_until,
        }
        row = self._connection.execute(task_statements.claim(), values).mappings().first()
        return None if row is None else task_of(row)

    def start(self, simulation_id: int) -> None:
        """Move a PENDING job to RUNNING; one that is further stays."""
        self._changed(state_changes.move(simulation_id, EntityState.RUNNING))

    def apply_report(
        self,
        simulation_id: int,
        report: TaskReport,
        now: datetime,
        lease_until: datetime,
        key: UpdateClaims | None = None,
    ) -> Task | None:
        """Apply a report as `Task.apply` does, in one conditional statement."""
        statement, values = task_statements.report(simulation_id, report, now, lease_until, key)
        row = self._connection.execute(statement, values).mappings().first()
        if row is None and key is None:
            which = and_(task.c.job_id == simulation_id, task.c.task_index == report.index)
            row = self._connection.execute(select(task).where(which)).mappings().first()
        return None if row is None else task_of(row)

    def tally(self, simulation_id: int) -> TaskTally:
        """Count a job's tasks by state."""
        return read_tally(self._connection, simulation_id)

    def move(
        self,
        simulation_id: int,
        to: EntityState,
        now: datetime,
        expected: frozenset[EntityState] | None = None,
    ) -> bool:
        """Move a job if the transition table lets it; True for the caller that moved it."""
        end = now if to.is_terminal else None
        return self._changed(state_changes.move(simulation_id, to, end, expected))

    def cancel(self, simulation_id: int, now: datetime) -> bool:
        """Cancel a job and all its tasks that are not over; False if the job was over."""
        if not self.move(simulation_id, EntityState.CANCELED, now):
            return False
        self._connection.execute(task_statements.cancel_all(simulation_id, now))
        return True

    def fail_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Fail this attempt of a task if it is not over."""
        return self._changed(task_statements.fail(simulation_id, index, attempt, now))

    def reject_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Fail this attempt of a task that has completed, since its outputs are no good."""
        return self._changed(task_statements.reject(simulation_id, index, attempt, now))

    def retry_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Make a task PENDING again as attempt + 1, if it still is at `attempt` and not over."""
        return self._changed(task_statements.retry(simulation_id, index, attempt, now))

    def release_task(
        self,
        simulation_id: int,
        index: int,
        attempt: int,
        claim_id: str,
        now: datetime,
        most_losses: int | None = None,
    ) -> Task | None:
        """Make the task that `claim_id` runs PENDING again, as a loss if `most_losses` is said."""
        said = (simulation_id, index, attempt, claim_id, now, most_losses)
        statement = task_statements.release(*said)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else task_of(row)

    def next_turn(self, user_id: int) -> int:
        """Return where a user's new tasks are in line: behind the user's own."""
        row = self._connection.execute(task_statements.next_turn(user_id)).one()
        return max(row.served or 0, 0 if row.last is None else row.last + 1)

    def lost_tasks(
        self, now: datetime, pending_since: datetime, beyond: datetime
    ) -> Sequence[LostWork]:
        """Return RUNNING tasks whose lease ran out and PENDING ones untouched since then."""
        return lost_work.lost_tasks(self._connection, now, pending_since, beyond)

    def unsettled(self) -> Sequence[JobRef]:
        """Return jobs that are PENDING or RUNNING although all their tasks are over."""
        found = self._connection.execute(lost_work.unsettled())
        return [JobRef(row.id, row.job_id) for row in found]

    def touch(self, simulation_id: int, indices: Sequence[int], now: datetime) -> None:
        """Note that these PENDING tasks were enqueued (again) now."""
        self._connection.execute(task_statements.touch(simulation_id, indices, now))

    def remove(self, simulation_id: int) -> None:
        """Remove a job; the foreign keys take everything with it that belongs to it."""
        self._connection.execute(delete(batch_job).where(batch_job.c.id == simulation_id))
        self._connection.execute(delete(job).where(job.c.id == simulation_id))
