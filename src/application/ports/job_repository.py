"""Jobs, their tasks and what they were submitted with, as they are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from application.ports.adaptation import AS_SENT, Adaptation
from application.ports.security import UpdateClaims
from application.ports.simulator import InputFiles
from domain.job import InputType, Job, JobRef, Platform, Task, TaskReport, TaskTally
from domain.states import EntityState


@dataclass(frozen=True, slots=True)
class JobInput:
    """What a job was submitted with: `project` is the editor's JSON text as it was sent.

    `adaptation` is what was done to it so that it could be run.
    """

    files: InputFiles
    primaries: int
    project: bytes | None = None
    adaptation: Adaptation = AS_SENT


@dataclass(frozen=True, slots=True)
class JobWork:
    """What a worker has to know of a job to run one of its tasks."""

    sim_type: str
    state: EntityState
    files: InputFiles


@dataclass(frozen=True, slots=True)
class JobOutline:
    """What a list of jobs shows of one."""

    job_id: str
    title: str
    start_time: datetime
    end_time: datetime | None
    platform: Platform
    input_type: InputType
    sim_type: str


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which of a user's jobs to list: `page` counts from 1, no states means all."""

    page: int = 1
    page_size: int = 6
    order_by: str = "start_time"
    descending: bool = True
    states: frozenset[EntityState] = frozenset()


@dataclass(frozen=True, slots=True)
class LostWork:
    """A job that needs a push: tasks whose lease ran out or that nobody took."""

    job: Job
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class SubmissionKey:
    """A key that stands for one submission, and the digest of what was submitted with it."""

    text: str
    digest: str


@dataclass(frozen=True, slots=True)
class StateCounts:
    """How many jobs and how many tasks are in each state; states without any may be missing."""

    jobs: Mapping[EntityState, int]
    tasks: Mapping[EntityState, int]


class JobRepository(Protocol):
    """Jobs, their tasks and inputs. The hot paths are single statements."""

    def add(self, job: Job, job_input: JobInput, submitted: SubmissionKey | None = None) -> Job:
        """Store a job with its tasks and input; return it with its simulation_id.

        SubmissionKeyTaken when the user submitted a job with this key, also one that was stored
        at the same moment.
        """
        ...

    def submitted_with(self, user_id: int, key: str) -> tuple[Job, str] | None:
        """Return the job, without its tasks, that a user submitted with a key, and the digest."""
        ...

    def head(self, job_id: str) -> Job:
        """Return a job without its tasks, in one statement; JobNotFound.

        Its version is never newer than tasks that are read after it.
        """
        ...

    def tasks_of(self, simulation_id: int) -> Sequence[Task]:
        """Return a job's tasks in order of index."""
        ...

    def versions(self, simulation_ids: Sequence[int]) -> Mapping[int, int]:
        """Return the versions of those of these jobs that there are, in one statement."""
        ...

    def counts(self) -> StateCounts:
        """Count all jobs and all tasks by state."""
        ...

    def by_job_id(self, job_id: str) -> Job:
        """Return a job with its tasks in order of index; JobNotFound."""
        ...

    def by_simulation_id(self, simulation_id: int) -> Job:
        """Return a job with its tasks in order of index; UnknownSimulation."""
        ...

    def numbered(self, simulation_id: int) -> Job:
        """Return a job without its tasks, and so without its version; UnknownSimulation."""
        ...

    def outlines(self, user_id: int, query: JobQuery) -> tuple[Sequence[JobOutline], int]:
        """Return one page of a user's jobs, and how many there are on all pages."""
        ...

    def sim_type_of(self, simulation_id: int) -> str:
        """Return which simulator a job is for, without its tasks; UnknownSimulation."""
        ...

    def input_of(self, simulation_id: int) -> JobInput:
        """Return what a job was submitted with; UnknownSimulation."""
        ...

    def work_of(self, simulation_id: int) -> JobWork | None:
        """Return what a worker has to know of a job, None if there is no such job (any more)."""
        ...

    def claim_task(
        self,
        simulation_id: int,
        index: int,
        attempt: int,
        claim_id: str,
        now: datetime,
        lease_until: datetime,
    ) -> Task | None:
        """Move a PENDING task of this attempt to RUNNING for `claim_id`, in one statement.

        The same claim repeated is granted again; any other gets None, also when the job is over.
        """
        ...

    def start(self, simulation_id: int) -> None:
        """Move a PENDING job to RUNNING; one that is further stays."""
        ...

    def apply_report(
        self,
        simulation_id: int,
        report: TaskReport,
        now: datetime,
        lease_until: datetime,
        key: UpdateClaims | None = None,
    ) -> Task | None:
        """Apply a report as `Task.apply` does, in one conditional statement.

        Renews the lease of a task that goes on. Returns the task after it, None when there is no
        such task. A report without an attempt speaks for the newest one. With a `key` None is also
        returned when nothing was changed, which is so unless the key was made for this job and the
        job is not over.
        """
        ...

    def tally(self, simulation_id: int) -> TaskTally:
        """Count a job's tasks by state."""
        ...

    def move(
        self,
        simulation_id: int,
        to: EntityState,
        now: datetime,
        expected: frozenset[EntityState] | None = None,
    ) -> bool:
        """Move a job if the transition table lets it (and it is in one of `expected`).

        True exactly for the caller that moved it. Sets end_time with a terminal state.
        """
        ...

    def cancel(self, simulation_id: int, now: datetime) -> bool:
        """Cancel a job and all its tasks that are not over; False if the job was over."""
        ...

    def fail_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Fail this attempt of a task if it is not over."""
        ...

    def reject_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Fail this attempt of a task that has completed, since its outputs are no good.

        Nothing happens once the job is being merged or over.
        """
        ...

    def retry_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        """Make a lost task PENDING again as attempt + 1, if it is at `attempt` and not over."""
        ...

    def release_task(
        self,
        simulation_id: int,
        index: int,
        attempt: int,
        claim_id: str,
        now: datetime,
        most_losses: int | None = None,
    ) -> Task | None:
        """Make the task that `claim_id` runs PENDING again as attempt + 1.

        That is no loss; with `most_losses` it is one, of a task that was lost no oftener before.
        Returns the task as it waits; None when this claim doesn't hold it or the job is over.
        """
        ...

    def next_turn(self, user_id: int) -> int:
        """Return where a user's new tasks are in line: behind the user's own, beside the others'.

        That is the turn now served, or the one after the user's last that waits.
        """
        ...

    def claim_merge(
        self, simulation_id: int, claim_id: str, now: datetime, lease_until: datetime
    ) -> bool:
        """Move a job from MERGING_QUEUED to MERGING_RUNNING for `claim_id`; repeatable.

        A merge whose lease ran out may be claimed by another.
        """
        ...

    def release_merge(self, simulation_id: int, claim_id: str, now: datetime) -> bool:
        """End the lease of a merge that `claim_id` holds, so that another may claim it."""
        ...

    def renew_merge(self, simulation_id: int, claim_id: str, lease_until: datetime) -> bool:
        """Extend the lease of a merge that `claim_id` holds."""
        ...

    def lost_tasks(
        self, now: datetime, pending_since: datetime, beyond: datetime
    ) -> Sequence[LostWork]:
        """Return RUNNING tasks whose lease ran out and PENDING ones untouched since then.

        Moments later than `beyond` were noted by a clock that was ahead: they count as past.
        Only of jobs on the DIRECT platform that are PENDING or RUNNING.
        """
        ...

    def unsettled(self) -> Sequence[JobRef]:
        """Return jobs that are PENDING or RUNNING although all their tasks are over."""
        ...

    def lost_merges(
        self, now: datetime, queued_before: datetime, beyond: datetime
    ) -> Sequence[JobRef]:
        """Return jobs MERGING_QUEUED since before then or whose merge lease ran out.

        Moments later than `beyond` count as past.
        """
        ...

    def touch(self, simulation_id: int, indices: Sequence[int], now: datetime) -> None:
        """Note that these PENDING tasks were enqueued (again) now."""
        ...

    def touch_merge(self, simulation_id: int, now: datetime) -> None:
        """Note that this merge was enqueued (again) now."""
        ...

    def partial_tasks(self, simulation_id: int) -> int:
        """Return of how many tasks the stored partial results are; 0 when there are none."""
        ...

    def ask_for_partial(
        self, simulation_id: int, tasks: int, now: datetime, not_since: datetime
    ) -> bool:
        """Note that a merge of `tasks` tasks is asked for, True for the caller that is to ask.

        False if one was asked for after `not_since`, if as many are covered, or if the job ended
        otherwise than by being cancelled.
        """
        ...

    def keep_partial(self, simulation_id: int, tasks: int) -> bool:
        """Note that results of `tasks` tasks are stored; False if there are newer or final ones.

        Holds the job until the transaction ends.
        """
        ...

    def remove(self, simulation_id: int) -> None:
        """Remove a job and everything that belongs to it."""
        ...
