"""What the contracts of all stores share: a user, a job, claims and reports."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from application.ports.job_repository import JobInput
from domain.job import InputType, Job, Platform, Task, TaskReport
from domain.states import EntityState

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


LATER = NOW + timedelta(minutes=1)


BEYOND = NOW + timedelta(days=1)


S = EntityState


Store = Callable[..., Any]


def new_job(user_id: int, job_id: str = "job-1", ntasks: int = 3, **changes: Any) -> Job:
    job = Job(job_id, user_id, "Wiązka 🎯", Platform.DIRECT, InputType.EDITOR, "mcsquare", NOW)
    return replace(job.with_tasks(100, ntasks), **changes)


def add_user(store: Store, name: str = "ann") -> int:
    with store() as work:
        user = work.users.add_local(name, "hash")
        work.commit()
    return int(user.id)


def add_job(store: Store, user_id: int, job_id: str = "job-1", **changes: Any) -> Job:
    with store() as work:
        job = work.jobs.add(
            new_job(user_id, job_id, **changes), JobInput({"a.txt": b"\x00\xff"}, 100, b'{"x": 1}')
        )
        work.commit()
    stored: Job = job
    return stored


def claim(store: Store, job: Job, index: int, claim_id: str = "c", attempt: int = 1) -> Task | None:
    with store() as work:
        task: Task | None = work.jobs.claim_task(
            job.simulation_id, index, attempt, claim_id, NOW, LATER
        )
        work.commit()
    return task


def tell(store: Store, job: Job, report: TaskReport) -> Task | None:
    with store() as work:
        task: Task | None = work.jobs.apply_report(job.simulation_id, report, NOW, LATER)
        work.commit()
    return task
