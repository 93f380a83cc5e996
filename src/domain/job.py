"""A job and its tasks: every change of their states happens here."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from domain.primaries import share_primaries
from domain.states import EntityState, transition


class Platform(StrEnum):
    """Where a job runs: on our own workers or on a cluster."""

    DIRECT = "DIRECT"
    BATCH = "BATCH"


class InputType(StrEnum):
    """What the user handed in: a project of the editor or the simulator's own files."""

    EDITOR = "editor"
    FILES = "files"


JOB_ID = re.compile(
    r"\d{8}-\d{6}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:DIRECT|BATCH)", re.ASCII
)
"""What a job's id looks like: when it was made, something that nobody guesses, the platform."""


@dataclass(frozen=True, slots=True)
class JobRef:
    """A job as keys, messages and kept files name it: by both, so that none is taken for another.

    The number finds a job. A database that was restored may give it away a second time; nobody
    gets, or guesses, the same `job_id`.
    """

    simulation_id: int
    job_id: str


@dataclass(frozen=True, slots=True)
class TaskReport:
    """What a worker says of one attempt of one task; None says nothing of that field."""

    index: int
    attempt: int | None = None
    state: EntityState | None = None
    simulated_primaries: int | None = None
    estimated_seconds: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """One share of a job, run by one simulator process.

    `index` counts from 1 and seeds the random numbers; `attempt` counts from 1 and tells a
    task that was lost and started again from its earlier self. `losses` counts how often its
    worker was lost; a worker that hands it back in good order is no loss. `turn` is its place in
    the order between users, None where a cluster decides about that.
    """

    index: int
    requested_primaries: int
    state: EntityState = EntityState.PENDING
    attempt: int = 1
    simulated_primaries: int = 0
    estimated_seconds: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    last_update: datetime | None = None
    lease_until: datetime | None = None
    losses: int = 0
    turn: int | None = None

    @property
    def seed(self) -> int:
        """Seed of the task's random numbers: its index, so that a job can be repeated."""
        return self.index

    def accepts(self, report: TaskReport) -> bool:
        """Whether `report` speaks for this task: the same attempt, and the task not over."""
        return not self.state.is_terminal and report.attempt in (None, self.attempt)

    def apply(self, report: TaskReport, now: datetime) -> "Task":
        """Return the task after `report`; one that is late, doubled or older changes nothing."""
        if not self.accepts(report):
            return self
        state = self.state if report.state is None else transition(self.state, report.state)
        done = max(self.simulated_primaries, report.simulated_primaries or 0)
        completed = state is EntityState.COMPLETED
        estimate = self.estimated_seconds
        if report.estimated_seconds is not None:
            estimate = report.estimated_seconds
        start = self.start_time or report.start_time or now
        return replace(
            self,
            state=state,
            simulated_primaries=self.requested_primaries
            if completed
            else min(done, self.requested_primaries),
            estimated_seconds=None if state.is_terminal else estimate,
            start_time=start,
            # Clocks of workers differ: an end before the start would be shown as nonsense.
            end_time=max(start, report.end_time or now) if state.is_terminal else None,
            last_update=now,
        )

    def canceled(self, now: datetime) -> "Task":
        """Return the task after its job was cancelled; what is over stays as it is."""
        return self._ended(EntityState.CANCELED, now)

    def failed(self, now: datetime) -> "Task":
        """Return the task after it was given up; what is over stays as it is."""
        return self._ended(EntityState.FAILED, now)

    def rejected(self, now: datetime) -> "Task":
        """Return a completed task as failed: its outputs, seen only now, are no good.

        That is no step of a run but a correction of what was said of it.
        """
        if self.state is not EntityState.COMPLETED:
            return self
        return replace(self, state=EntityState.FAILED, last_update=now)

    def next_attempt(self, now: datetime, lost: bool = True) -> "Task":
        """Return the task waiting to be run again from its beginning, lost or handed back."""
        if self.state.is_terminal:
            return self
        return Task(
            index=self.index,
            requested_primaries=self.requested_primaries,
            attempt=self.attempt + 1,
            last_update=now,
            losses=self.losses + lost,
            turn=self.turn,
        )

    def _ended(self, state: EntityState, now: datetime) -> "Task":
        if self.state.is_terminal:
            return self
        return replace(
            self,
            state=transition(self.state, state),
            estimated_seconds=None,
            # The clock may have been set back since the task began.
            end_time=max(self.start_time or now, now),
            last_update=now,
            lease_until=None,
        )


@dataclass(frozen=True, slots=True)
class Job:
    """A simulation asked for by a user, and the tasks it was split into.

    `simulation_id` is the number by which workers know it, 0 until it is stored; `job_id` is
    the name by which its owner does. `input_type` and `sim_type` are as on the wire. `version`
    grows with every change of the job or one of its tasks, 0 until it is stored.
    `retry_of` names the job that this one tries again, `instead_of` the simulator that was meant
    where no worker had it and `sim_type` runs the project.
    """

    job_id: str
    user_id: int
    title: str
    platform: Platform
    input_type: InputType
    sim_type: str
    start_time: datetime
    tasks: Sequence[Task] = ()
    state: EntityState = EntityState.PENDING
    end_time: datetime | None = None
    simulation_id: int = 0
    version: int = 0
    retry_of: str | None = None
    instead_of: str | None = None

    @property
    def ref(self) -> JobRef:
        """The job as others name it."""
        return JobRef(self.simulation_id, self.job_id)

    @property
    def primaries(self) -> int:
        """All primaries asked for, summed over the tasks."""
        return sum(task.requested_primaries for task in self.tasks)

    def with_tasks(self, primaries: int, ntasks: int) -> "Job":
        """Return the job split into tasks that share `primaries` without loss."""
        shares = share_primaries(primaries, ntasks)
        tasks = [Task(index, share) for index, share in enumerate(shares, start=1)]
        return replace(self, tasks=tasks)

    def in_line(self, first_turn: int) -> "Job":
        """Return the job with its tasks in line for one turn each, from `first_turn` on."""
        turns = [replace(task, turn=turn) for turn, task in enumerate(self.tasks, first_turn)]
        return replace(self, tasks=turns)

    def moved(self, wanted: EntityState, now: datetime) -> "Job":
        """Return the job after `wanted` was asked for; nothing moves back or revives."""
        state = transition(self.state, wanted)
        ended = state.is_terminal and not self.state.is_terminal
        end_time = max(self.start_time, now) if ended else self.end_time
        return replace(self, state=state, end_time=end_time)


@dataclass(frozen=True, slots=True)
class TaskTally:
    """How many tasks of a job are in each state."""

    counts: Counter[EntityState] = field(default_factory=Counter)

    @classmethod
    def of(cls, states: Iterable[EntityState]) -> "TaskTally":
        """Count `states`."""
        return cls(Counter(states))

    @property
    def completed(self) -> int:
        """How many tasks have completed."""
        return self.counts[EntityState.COMPLETED]

    def settled_state(self) -> EntityState | None:
        """Return what a job becomes by its tasks alone, or None while one is not over.

        One completed task is enough to merge: what was computed is never thrown away.
        """
        if any(count for state, count in self.counts.items() if not state.is_terminal):
            return None
        if self.counts[EntityState.COMPLETED]:
            return EntityState.MERGING_QUEUED
        if self.counts[EntityState.CANCELED]:
            return EntityState.CANCELED
        return EntityState.FAILED

    def merged_state(self) -> EntityState:
        """Return what a job becomes once its results are stored."""
        whole = self.counts[EntityState.COMPLETED] == self.counts.total()
        return EntityState.COMPLETED if whole else EntityState.FAILED
