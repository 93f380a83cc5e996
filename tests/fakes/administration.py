"""The views and changes of those who run the service, on the state kept in memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from application.ports.job_overview import JobFilter, JobRecord
from application.ports.usage_report import Dimension, Usage
from application.ports.user_directory import UserRecord
from domain.errors import UserExists
from domain.job import Job
from domain.states import EntityState
from domain.user_names import name_key
from domain.users import KeycloakUser, User

if TYPE_CHECKING:
    from tests.fakes.persistence import State

S = EntityState


@dataclass
class FakeJobOverview:
    state: "State"

    def find(self, wanted: JobFilter) -> Sequence[JobRecord]:
        fitting = [job for job in self.state.jobs.values() if self._fits(job, wanted)]
        fitting.sort(key=lambda job: (job.start_time, job.simulation_id), reverse=True)
        return [self._record(job) for job in fitting[: wanted.limit]]

    def drop_details(self, simulation_id: int) -> None:
        self.state.logs.pop(simulation_id, None)
        kept = self.state.inputs[simulation_id]
        if kept.project is not None:
            self.state.inputs[simulation_id] = replace(kept, files={})

    def _fits(self, job: Job, wanted: JobFilter) -> bool:
        owner = self.state.users[job.user_id].username
        ended = (job.end_time or job.start_time) if job.state.is_terminal else None
        return (
            wanted.username in (None, owner)
            and (not wanted.states or job.state in wanted.states)
            and wanted.sim_type in (None, job.sim_type)
            and wanted.platform in (None, job.platform)
            and (wanted.started_after is None or job.start_time >= wanted.started_after)
            and (wanted.started_before is None or job.start_time < wanted.started_before)
            and (wanted.ended_before is None or (ended is not None and ended < wanted.ended_before))
            and not (wanted.never_retried and job.job_id in self._retried())
        )

    def _retried(self) -> set[str | None]:
        return {job.retry_of for job in self.state.jobs.values()}

    def _record(self, job: Job) -> JobRecord:
        owner = self.state.users[job.user_id]
        return JobRecord(
            job.job_id, owner.username, owner.source, job.title, job.sim_type, job.platform,
            job.state, job.start_time, job.end_time, job.retry_of, job.simulation_id,
            len(job.tasks),
            sum(task.state is S.COMPLETED for task in job.tasks),
            sum(task.state is S.FAILED for task in job.tasks),
            job.primaries,
            sum(task.simulated_primaries for task in job.tasks),
            job.instead_of,
        )  # fmt: skip


@dataclass
class FakeUserDirectory:
    state: "State"

    def all(self, now: datetime) -> Sequence[UserRecord]:
        records = [self._record(user, now) for user in self.state.users.values()]
        return sorted(records, key=lambda item: (item.username, item.source))

    def named(self, username: str, now: datetime) -> Sequence[UserRecord]:
        return [item for item in self.all(now) if item.username == username]

    def add_keycloak(self, username: str) -> int:
        self.state.last_id += 1
        user = KeycloakUser(self.state.last_id, username)
        self._check_free(user, username)
        self.state.users[user.id] = user
        return user.id

    def rename(self, user_id: int, username: str) -> None:
        user = self.state.users[user_id]
        self._check_free(user, username)
        self.state.users[user_id] = replace(user, username=username)

    def end_sessions(self, user_id: int) -> int:
        kept = {
            key: item
            for key, item in self.state.sessions.items()
            if item.user_id != user_id or item.signed_out
        }
        ended = len(self.state.sessions) - len(kept)
        self.state.sessions = kept
        return ended

    def remove(self, user_id: int) -> None:
        kept = {k: item for k, item in self.state.sessions.items() if item.user_id != user_id}
        self.state.sessions = kept
        for key in [key for key, job in self.state.jobs.items() if job.user_id == user_id]:
            for kept in (self.state.jobs, self.state.inputs, self.state.estimators):
                kept.pop(key, None)  # type: ignore[attr-defined]
            self.state.logs.pop(key, None)
        self.state.users.pop(user_id, None)

    def _check_free(self, user: User, username: str) -> None:
        for other in self.state.users.values():
            same = name_key(other.username) == name_key(username) and other.source == user.source
            if same and other.id != user.id:
                raise UserExists(username)

    def _record(self, user: User, now: datetime) -> UserRecord:
        jobs = [job for job in self.state.jobs.values() if job.user_id == user.id]
        return UserRecord(
            user.id, user.username, user.source, len(jobs),
            sum(not job.state.is_terminal for job in jobs),
            max((job.start_time for job in jobs), default=None),
            sum(item.is_open(user.id, now) for item in self.state.sessions.values()),
        )  # fmt: skip


@dataclass
class FakeUsageReport:
    state: "State"

    def usage(
        self,
        by: Sequence[Dimension],
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Usage]:
        def group(job: Job) -> tuple[str, ...]:
            names = {
                Dimension.USER: self.state.users[job.user_id].username,
                Dimension.SIMULATOR: job.sim_type,
                Dimension.PLATFORM: job.platform.value,
                Dimension.MONTH: f"{job.start_time:%Y-%m}",
            }
            return tuple(names[dimension] for dimension in by)

        jobs = [
            job
            for job in self.state.jobs.values()
            if (since is None or job.start_time >= since)
            and (until is None or job.start_time < until)
        ]
        return [
            _usage(dict(zip(by, names, strict=True)), list(items))
            for names, items in groupby(sorted(jobs, key=group), key=group)
        ]


def _usage(group: dict[Dimension, str], jobs: list[Job]) -> Usage:
    waits = list(_waits(jobs))
    states = [job.state for job in jobs]
    return Usage(
        group, len(jobs), states.count(S.COMPLETED), states.count(S.FAILED),
        states.count(S.CANCELED),
        sum(_hours(job) for job in jobs),
        sum(task.simulated_primaries for job in jobs for task in job.tasks),
        sum(waits) / len(waits) if waits else None,
        max(waits, default=None),
    )  # fmt: skip


def _waits(jobs: list[Job]) -> Iterator[float]:
    for job in jobs:
        starts = [task.start_time for task in job.tasks if task.start_time]
        if starts:
            yield (min(starts) - job.start_time).total_seconds()


def _hours(job: Job) -> float:
    seconds = 0.0
    for task in job.tasks:
        until = task.end_time or task.last_update
        if task.start_time and until:
            seconds += (until - task.start_time).total_seconds()
    return seconds / 3600
