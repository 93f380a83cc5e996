"""Take a project or input files, make a job of it, and start its tasks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from application.ports.adaptation import AS_SENT, Adaptation
from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.job_repository import JobInput, SubmissionKey
from application.ports.simulator import InputFiles, Simulator
from application.ports.unit_of_work import UnitOfWorkFactory
from application.simulators.catalog import SimulatorCatalog
from application.submission.announce_adaptation import (
    LONGEST_TITLE,
    conversion_logs,
    substituted_title,
)
from application.submission.earlier_submission import earlier_submission
from application.submission.file_names import check_file_names
from application.submission.prepare_input import PreparedInput, PrepareInput, Wanted
from application.submission.substitutes import Substitutes
from domain.cluster import BatchOptions
from domain.errors import InvalidInput, QueueUnavailable, SubmissionKeyTaken
from domain.job import InputType, Job, Platform
from domain.storable_text import is_storable

NONE_STANDS_IN: Mapping[str, Sequence[str]] = {}


@dataclass(frozen=True, slots=True)
class Submission:
    """What a user asks for: either `project` (with `project_text` as it was sent) or `files`.

    `primaries` overrides what the input says; `skip_unsupported` leaves out what the simulator
    can't score instead of refusing the project.
    """

    sim_type: str
    ntasks: int
    title: str = ""
    project: Mapping[str, object] | None = None
    project_text: bytes | None = None
    files: InputFiles | None = None
    primaries: int | None = None
    skip_unsupported: bool = False


@dataclass(frozen=True, slots=True)
class SubmittedJob:
    """A job that was stored, and what was done to its project so that it can be run.

    `started` is False when it waits for the queue to come back.
    """

    job: Job
    adaptation: Adaptation = AS_SENT
    started: bool = True

    @property
    def left_out(self) -> Sequence[str]:
        """What of the project is not scored, one sentence each."""
        return self.adaptation.left_out


def new_job_id(now: datetime, platform: Platform) -> str:
    """Return a job id that sorts by time, can't be guessed and ends with the platform."""
    return f"{now:%Y%m%d-%H%M%S}-{uuid4()}{platform}"


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where a batch job is to run, with which options, and which simulators can run there."""

    cluster_id: int
    options: BatchOptions
    sim_types: Collection[str]


class SubmitJob:
    """Checks everything before anything is stored, so that nothing is half created.

    `substitutes` names for a simulator those that may run its projects where no worker has it.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        simulators: SimulatorCatalog,
        executor: Executor,
        clock: Clock,
        job_ids: Callable[[datetime, Platform], str] = new_job_id,
        substitutes: Mapping[str, Sequence[str]] = NONE_STANDS_IN,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._prepare = PrepareInput(simulators, Substitutes(simulators, substitutes))
        self._executor = executor
        self._clock = clock
        self._job_ids = job_ids

    def __call__(
        self,
        user_id: int,
        submission: Submission,
        key: SubmissionKey | None = None,
        place: BatchPlace | None = None,
    ) -> SubmittedJob:
        """Store and start a job; InvalidInput names whatever is wrong with it.

        Without a place on a cluster it runs on our own workers.

        With a key that was used before the earlier job is returned and nothing is started, also
        when both come at once; SubmissionKeyReused when something else was submitted with it.
        """
        earlier = earlier_submission(self._unit_of_work, user_id, key)
        if earlier is not None:
            return self._again(earlier, submission)
        try:
            return self._submit(user_id, submission, key, place)
        except SubmissionKeyTaken:
            earlier = earlier_submission(self._unit_of_work, user_id, key)
            if earlier is None:
                raise
            return self._again(earlier, submission)

    def _again(self, earlier: Job, submission: Submission) -> SubmittedJob:
        """Tell of an earlier job what was told of it then."""
        if earlier.instead_of is None and not submission.skip_unsupported:
            return SubmittedJob(earlier)
        with self._unit_of_work(read_only=True) as work:
            return SubmittedJob(earlier, work.jobs.input_of(earlier.simulation_id).adaptation)

    def _submit(
        self,
        user_id: int,
        submission: Submission,
        key: SubmissionKey | None,
        place: BatchPlace | None,
    ) -> SubmittedJob:
        _check(submission)
        prepared = self._prepared(submission, place)
        primaries = submission.primaries
        if primaries is None:
            primaries = prepared.primaries
        job = self._job(user_id, submission, prepared, primaries)
        _check_task_size(prepared.simulator, job)
        if place is not None:
            job = self._on_cluster(job)
        adaptation = prepared.adaptation
        with self._unit_of_work() as work:
            kept = JobInput(prepared.files, primaries, submission.project_text, adaptation)
            stored = work.jobs.add(job.in_line(work.jobs.next_turn(user_id)), kept, key)
            if place is not None:
                work.batches.add(stored.simulation_id, place.cluster_id, place.options)
            work.results.add_logs(stored.simulation_id, conversion_logs(adaptation))
            work.commit()
        try:
            self._executor.submit(stored)
        except QueueUnavailable:
            return SubmittedJob(stored, adaptation, started=False)
        return SubmittedJob(stored, adaptation)

    def _prepared(self, submission: Submission, place: BatchPlace | None) -> PreparedInput:
        wanted = Wanted(
            submission.sim_type, submission.project, submission.files, submission.skip_unsupported
        )
        if place is None:
            return self._prepare.for_workers(wanted)
        return self._prepare.for_cluster(wanted, place.sim_types)

    def _on_cluster(self, job: Job) -> Job:
        job_id = self._job_ids(job.start_time, Platform.BATCH)
        return replace(job, job_id=job_id, platform=Platform.BATCH)

    def _job(
        self, user_id: int, submission: Submission, prepared: PreparedInput, primaries: int
    ) -> Job:
        now, meant = self._clock.now(), prepared.instead_of
        job = Job(
            job_id=self._job_ids(now, Platform.DIRECT),
            user_id=user_id,
            title=submission.title
            if meant is None
            else substituted_title(submission.title, prepared.simulator, meant),
            platform=Platform.DIRECT,
            input_type=InputType.FILES if submission.project is None else InputType.EDITOR,
            sim_type=prepared.simulator.name,
            start_time=now,
            instead_of=None if meant is None else meant.name,
        )
        return job.with_tasks(primaries, submission.ntasks)


def _check_task_size(simulator: Simulator, job: Job) -> None:
    """Refuse tasks larger than the simulator can count; InvalidInput says how many would do."""
    most, asked = simulator.most_task_primaries, [task.requested_primaries for task in job.tasks]
    if max(asked) > most:
        needed = -(-sum(asked) // most)
        title = simulator.profile.title
        reason = f"{title} counts up to {most} primaries in a task: ask for {needed} tasks or more"
        raise InvalidInput("ntasks", reason)


def _check(submission: Submission) -> None:
    if (submission.project is None) == (submission.files is None):
        raise InvalidInput("input_type", "give either a project or input files")
    if len(submission.title) > LONGEST_TITLE:
        raise InvalidInput("title", f"must not be longer than {LONGEST_TITLE} characters")
    if not is_storable(submission.title):
        raise InvalidInput("title", "must not hold NUL characters or half characters")
    if submission.files is not None:
        if not submission.files:
            raise InvalidInput("input_files", "must hold at least one file")
        check_file_names(submission.files)
