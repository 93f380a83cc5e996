"""Jobs in memory, and all that moves them and their tasks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from application.ports.job_repository import LostWork
from application.ports.security import UpdateClaims
from domain.job import Job, JobRef, Platform, Task, TaskReport, TaskTally
from domain.states import PREDECESSORS, EntityState
from tests.fakes.kept_state import LIVE
from tests.fakes.stored_jobs import FakeStoredJobs


class FakeJobs(FakeStoredJobs):
    def claim_task(
        self, simulation_id: int, index: int, attempt: int, claim_id: str,
        now: datetime, lease_until: datetime,
    ) -> Task | None:  # fmt: skip
        task = self._task(simulation_id, index)
        key = (simulation_id, index)
        if task is None or task.attempt != attempt:
            return None
        if self.state.jobs[simulation_id].state not in LIVE:
            return None
        held = task.state is EntityState.RUNNING and self.state.claims.get(key) == claim_id
        if task.state is not EntityState.PENDING and not held:
            return None
        self.state.claims[key] = claim_id
        return self._put(
            simulation_id,
            replace(
                task,
                state=EntityState.RUNNING,
                start_time=task.start_time or now,
                last_update=now,
                lease_until=lease_until,
            ),
        )

    def start(self, simulation_id: int) -> None:
        self._move(simulation_id, EntityState.RUNNING, PREDECESSORS[EntityState.RUNNING], None)

    def apply_report(
        self, simulation_id: int, report: TaskReport, now: datetime, lease_until: datetime,
        key: UpdateClaims | None = None,
    ) -> Task | None:  # fmt: skip
        task = self._task(simulation_id, report.index)
        if key is not None and not self._opens(key, simulation_id):
            return None
        if task is None or not task.accepts(report):
            return task if key is None else None
        after = task.apply(report, now)
        lease = None if after.state.is_terminal else lease_until
        return self._put(simulation_id, replace(after, lease_until=lease))

    def tally(self, simulation_id: int) -> TaskTally:
        job = self.state.jobs.get(simulation_id)
        return TaskTally.of(task.state for task in (job.tasks if job else ()))

    def move(
        self, simulation_id: int, to: EntityState, now: datetime,
        expected: frozenset[EntityState] | None = None,
    ) -> bool:  # fmt: skip
        allowed = PREDECESSORS[to] if expected is None else PREDECESSORS[to] & expected
        return self._move(simulation_id, to, allowed, now)

    def cancel(self, simulation_id: int, now: datetime) -> bool:
        if not self.move(simulation_id, EntityState.CANCELED, now):
            return False
        for task in self.state.jobs[simulation_id].tasks:
            self._put(simulation_id, task.canceled(now))
        return True

    def fail_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state.is_terminal:
            return False
        self._put(simulation_id, task.failed(now))
        return True

    def reject_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state is not EntityState.COMPLETED:
            return False
        if self.state.jobs[simulation_id].state not in LIVE:
            return False
        self._put(simulation_id, task.rejected(now))
        return True

    def retry_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state.is_terminal:
            return False
        self.state.claims.pop((simulation_id, index), None)
        self._put(simulation_id, task.next_attempt(now))
        return True

    def release_task(
        self,
        simulation_id: int,
        index: int,
        attempt: int,
        claim_id: str,
        now: datetime,
        most_losses: int | None = None,
    ) -> Task | None:
        task, job = self._task(simulation_id, index), self.state.jobs.get(simulation_id)
        held = self.state.claims.get((simulation_id, index)) == claim_id
        if task is None or job is None or job.state not in LIVE or not held:
            return None
        if task.attempt != attempt or task.state.is_terminal:
            return None
        if most_losses is not None and task.losses > most_losses:
            return None
        self.state.claims.pop((simulation_id, index))
        return self._put(simulation_id, task.next_attempt(now, lost=most_losses is not None))

    def next_turn(self, user_id: int) -> int:
        waiting = [
            (task.turn, job.user_id)
            for job in self.state.jobs.values()
            for task in job.tasks
            if task.state is EntityState.PENDING and task.turn is not None
        ]
        own = [turn + 1 for turn, owner in waiting if owner == user_id]
        return max([min([turn for turn, _ in waiting], default=0), *own])

    def claim_merge(
        self, simulation_id: int, claim_id: str, now: datetime, lease_until: datetime
    ) -> bool:
        job, merge = self.state.jobs.get(simulation_id), self.state.merges.get(simulation_id, {})
        if job is None:
            return False
        free = merge.get("claim") == claim_id or merge.get("lease", now) < now
        running = job.state is EntityState.MERGING_RUNNING and free
        if job.state is not EntityState.MERGING_QUEUED and not running:
            return False
        self._move(simulation_id, EntityState.MERGING_RUNNING, frozenset({job.state}), None)
        self.state.merges[simulation_id] = {**merge, "claim": claim_id, "lease": lease_until}
        return True

    def release_merge(self, simulation_id: int, claim_id: str, now: datetime) -> bool:
        return self.renew_merge(simulation_id, claim_id, now - timedelta(seconds=1))

    def renew_merge(self, simulation_id: int, claim_id: str, lease_until: datetime) -> bool:
        job, merge = self.state.jobs.get(simulation_id), self.state.merges.get(simulation_id, {})
        if job is None or job.state is not EntityState.MERGING_RUNNING:
            return False
        if merge.get("claim") != claim_id:
            return False
        merge["lease"] = lease_until
        return True

    def lost_tasks(
        self, now: datetime, pending_since: datetime, beyond: datetime
    ) -> Sequence[LostWork]:
        def lost(task: Task) -> bool:
            if task.state is EntityState.RUNNING:
                return task.lease_until is not None and not now <= task.lease_until <= beyond
            waits = task.state is EntityState.PENDING and task.last_update is not None
            return waits and not pending_since <= task.last_update <= beyond  # type: ignore[operator]

        found = [
            LostWork(replace(job, tasks=[]), [task for task in job.tasks if lost(task)])
            for job in self.state.jobs.values()
            if job.state in LIVE and job.platform is Platform.DIRECT
        ]
        return [item for item in found if item.tasks]

    def unsettled(self) -> Sequence[JobRef]:
        return [
            job.ref
            for job in self.state.jobs.values()
            if job.state in LIVE and job.tasks and all(t.state.is_terminal for t in job.tasks)
        ]

    def lost_merges(
        self, now: datetime, queued_before: datetime, beyond: datetime
    ) -> Sequence[JobRef]:
        def lost(job: Job) -> bool:
            merge = self.state.merges.get(job.simulation_id, {})
            if job.state is EntityState.MERGING_QUEUED:
                return "enqueued" not in merge or not queued_before <= merge["enqueued"] <= beyond
            running = job.state is EntityState.MERGING_RUNNING
            return running and not now <= merge["lease"] <= beyond

        return [job.ref for job in self.state.jobs.values() if lost(job)]

    def touch(self, simulation_id: int, indices: Sequence[int], now: datetime) -> None:
        for task in self.state.jobs[simulation_id].tasks:
            if task.index in indices and task.state is EntityState.PENDING:
                self._put(simulation_id, replace(task, last_update=now))

    def touch_merge(self, simulation_id: int, now: datetime) -> None:
        self.state.merges.setdefault(simulation_id, {})["enqueued"] = now

    def partial_tasks(self, simulation_id: int) -> int:
        return int(self.state.merges.get(simulation_id, {}).get("partial", 0))

    def ask_for_partial(
        self, simulation_id: int, tasks: int, now: datetime, not_since: datetime
    ) -> bool:
        merge = self.state.merges.setdefault(simulation_id, {})
        asked = merge.get("asked")
        if not self._newer(simulation_id, tasks) or (asked is not None and asked >= not_since):
            return False
        merge["asked"] = now
        return True

    def keep_partial(self, simulation_id: int, tasks: int) -> bool:
        if not self._newer(simulation_id, tasks):
            return False
        self.state.merges.setdefault(simulation_id, {})["partial"] = tasks
        job = self.state.jobs[simulation_id]
        self.state.jobs[simulation_id] = replace(job, version=job.version + 1)
        return True

    def _opens(self, key: UpdateClaims, simulation_id: int) -> bool:
        job = self.state.jobs.get(simulation_id)
        if job is None or job.state.is_terminal:
            return False
        made_before = key.issued_by < job.start_time
        return key.job.job_id == job.job_id if key.job.job_id else not made_before

    def _newer(self, simulation_id: int, tasks: int) -> bool:
        job = self.state.jobs.get(simulation_id)
        ended = (EntityState.COMPLETED, EntityState.FAILED)
        if job is None or job.state in ended:
            return False
        return self.partial_tasks(simulation_id) < tasks
