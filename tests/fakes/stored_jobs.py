"""Jobs in memory: stored, read and removed."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.ports.job_repository import (
    JobInput,
    JobOutline,
    JobQuery,
    JobWork,
    StateCounts,
    SubmissionKey,
)
from domain.errors import JobNotFound, SubmissionKeyTaken, UnknownSimulation
from domain.job import Job, Task
from domain.states import EntityState
from tests.fakes.kept_state import State


@dataclass
class FakeStoredJobs:
    state: State

    def add(self, job: Job, job_input: JobInput, submitted: SubmissionKey | None = None) -> Job:
        self.state.last_id += 1
        if submitted and self.submitted_with(job.user_id, submitted.text):
            raise SubmissionKeyTaken(submitted.text)
        tasks = [replace(t, last_update=t.last_update or job.start_time) for t in job.tasks]
        version = 1 + len(tasks)
        stored = replace(job, simulation_id=self.state.last_id, tasks=tasks, version=version)
        if submitted:
            key = (job.user_id, submitted.text)
            self.state.keys[key] = (stored.simulation_id, submitted.digest)
        self.state.jobs[stored.simulation_id] = stored
        self.state.inputs[stored.simulation_id] = job_input
        return stored

    def submitted_with(self, user_id: int, key: str) -> tuple[Job, str] | None:
        simulation_id, digest = self.state.keys.get((user_id, key), (0, ""))
        job = self.state.jobs.get(simulation_id)
        return None if job is None else (replace(job, tasks=[]), digest)

    def head(self, job_id: str) -> Job:
        return replace(self.by_job_id(job_id), tasks=[])

    def tasks_of(self, simulation_id: int) -> Sequence[Task]:
        job = self.state.jobs.get(simulation_id)
        return job.tasks if job else []

    def versions(self, simulation_ids: Sequence[int]) -> Mapping[int, int]:
        jobs = self.state.jobs
        return {key: jobs[key].version for key in simulation_ids if key in jobs}

    def counts(self) -> StateCounts:
        jobs = self.state.jobs.values()
        return StateCounts(
            Counter(job.state for job in jobs),
            Counter(task.state for job in jobs for task in job.tasks),
        )

    def by_job_id(self, job_id: str) -> Job:
        for job in self.state.jobs.values():
            if job.job_id == job_id:
                return job
        raise JobNotFound(job_id)

    def numbered(self, simulation_id: int) -> Job:
        return replace(self.by_simulation_id(simulation_id), tasks=[])

    def by_simulation_id(self, simulation_id: int) -> Job:
        if simulation_id not in self.state.jobs:
            raise UnknownSimulation(simulation_id)
        return self.state.jobs[simulation_id]

    def outlines(self, user_id: int, query: JobQuery) -> tuple[Sequence[JobOutline], int]:
        jobs = [
            job
            for job in self.state.jobs.values()
            if job.user_id == user_id and (not query.states or job.state in query.states)
        ]

        def order(job: Job) -> tuple[bool, float, int]:
            value = job.end_time if query.order_by == "end_time" else job.start_time
            return value is None, value.timestamp() if value else 0.0, job.simulation_id

        jobs.sort(key=order, reverse=query.descending)
        first = (query.page - 1) * query.page_size
        return [
            JobOutline(
                job.job_id, job.title, job.start_time, job.end_time, job.platform,
                job.input_type, job.sim_type,
            )
            for job in jobs[first : first + query.page_size]
        ], len(jobs)  # fmt: skip

    def sim_type_of(self, simulation_id: int) -> str:
        return self.by_simulation_id(simulation_id).sim_type

    def input_of(self, simulation_id: int) -> JobInput:
        if simulation_id not in self.state.inputs:
            raise UnknownSimulation(simulation_id)
        return self.state.inputs[simulation_id]

    def work_of(self, simulation_id: int) -> JobWork | None:
        if simulation_id not in self.state.inputs:
            return None
        job = self.by_simulation_id(simulation_id)
        return JobWork(job.sim_type, job.state, self.state.inputs[simulation_id].files)

    def remove(self, simulation_id: int) -> None:
        for kept in (
            self.state.jobs, self.state.inputs, self.state.estimators, self.state.logs,
            self.state.batches,
        ):  # fmt: skip
            kept.pop(simulation_id, None)  # type: ignore[attr-defined]

    def _task(self, simulation_id: int, index: int) -> Task | None:
        job = self.state.jobs.get(simulation_id)
        return next((task for task in (job.tasks if job else ()) if task.index == index), None)

    def _put(self, simulation_id: int, task: Task) -> Task:
        job = self.state.jobs[simulation_id]
        tasks = [task if item.index == task.index else item for item in job.tasks]
        self.state.jobs[simulation_id] = replace(job, tasks=tasks, version=job.version + 1)
        return task

    def _move(
        self, simulation_id: int, to: EntityState, allowed: frozenset[EntityState],
        now: datetime | None,
    ) -> bool:  # fmt: skip
        job = self.state.jobs.get(simulation_id)
        if job is None or job.state not in allowed:
            return False
        end = max(job.start_time, now) if to.is_terminal and now else job.end_time
        version = job.version + 1
        self.state.jobs[simulation_id] = replace(job, state=to, end_time=end, version=version)
        return True
