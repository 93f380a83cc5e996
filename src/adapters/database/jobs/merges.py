"""Merges of jobs in SQL: claimed, found again, and the partial ones."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Update, update

from adapters.database.jobs import lost_work
from adapters.database.results import partial_merges
from adapters.database.schema.tables import job
from domain.job import JobRef


class SqlMerges:
    """The part of the JobRepository port that is about merges."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def claim_merge(
        self, simulation_id: int, claim_id: str, now: datetime, lease_until: datetime
    ) -> bool:
        """Move a job from MERGING_QUEUED to MERGING_RUNNING for `claim_id`; repeatable."""
        return self._changed(lost_work.claim_merge(simulation_id, claim_id, now, lease_until))

    def release_merge(self, simulation_id: int, claim_id: str, now: datetime) -> bool:
        """End the lease of a merge that `claim_id` holds, so that another may claim it."""
        return self._changed(lost_work.release_merge(simulation_id, claim_id, now))

    def renew_merge(self, simulation_id: int, claim_id: str, lease_until: datetime) -> bool:
        """Extend the lease of a merge that `claim_id` holds."""
        return self._changed(lost_work.renew_merge(simulation_id, claim_id, lease_until))

    def lost_merges(
        self, now: datetime, queued_before: datetime, beyond: datetime
    ) -> Sequence[JobRef]:
        """Return jobs MERGING_QUEUED since before then or whose merge lease ran out."""
        statement = lost_work.lost_merges(now, queued_before, beyond)
        return [JobRef(row.id, row.job_id) for row in self._connection.execute(statement)]

    def touch_merge(self, simulation_id: int, now: datetime) -> None:
        """Note that this merge was enqueued (again) now."""
        statement = update(job).where(job.c.id == simulation_id)
        self._connection.execute(statement.values(merge_enqueued=now))

    def partial_tasks(self, simulation_id: int) -> int:
        """Return of how many tasks the stored partial results are; 0 when there are none."""
        statement = partial_merges.covered(simulation_id)
        tasks: int | None = self._connection.execute(statement).scalar_one_or_none()
        return tasks or 0

    def ask_for_partial(
        self, simulation_id: int, tasks: int, now: datetime, not_since: datetime
    ) -> bool:
        """Note that a merge of `tasks` tasks is asked for; False if it was not long ago."""
        return self._changed(partial_merges.ask(simulation_id, tasks, now, not_since))

    def keep_partial(self, simulation_id: int, tasks: int) -> bool:
        """Note that results of `tasks` tasks are stored; False if there are newer or final ones."""
        return self._changed(partial_merges.keep(simulation_id, tasks))

    def _changed(self, statement: Update) -> bool:
        return self._connection.execute(statement).rowcount == 1
