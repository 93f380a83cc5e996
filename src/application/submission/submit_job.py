"""Take a project or input files, make a job of it, and start its tasks."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.job_repository import JobInput, SubmissionKey
from application.ports.simulator import Conversion, InputFiles, Simulator
from application.ports.unit_of_work import UnitOfWorkFactory
from application.simulators.catalog import SimulatorCatalog
from application.submission.earlier_submission import earlier_submission
from application.submission.file_names import check_file_names
from domain.cluster import BatchOptions
from domain.errors import InvalidInput, QueueUnavailable, SubmissionKeyTaken
from domain.job import InputType, Job, Platform
from domain.storable_text import is_storable

LONGEST_TITLE = 500


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
    """A job that was stored, and what of its project was left out.

    `started` is False when it waits for the queue to come back.
    """

    job: Job
    left_out: Sequence[str] = ()
    started: bool = True


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
    """Checks everything before anything is stored, so that nothing is half created."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        simulators: SimulatorCatalog,
        executor: Executor,
        clock: Clock,
        job_ids: Callable[[datetime, Platform], str] = new_job_id,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._simulators = simulators
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
        """Tell of an earlier job what was told of it then.

        The same was submitted, so that a simulator leaves the same out of it.
        """
        left_out: Sequence[str] = ()
        if submission.project is not None and submission.skip_unsupported:
            # A newer version may refuse what was taken before: the job is there all the same.
            with suppress(InvalidInput):
                simulator = self._simulators.named(earlier.sim_type)
                left_out = simulator.convert(submission.project, skip_unsupported=True).left_out
        return SubmittedJob(earlier, left_out)

    def _submit(
        self,
        user_id: int,
        submission: Submission,
        key: SubmissionKey | None,
        place: BatchPlace | None,
    ) -> SubmittedJob:
        _check(submission)
        simulator = self._simulator(submission, place)
        conversion = _input(simulator, submission)
        job = self._job(user_id, submission, simulator.name, conversion.primaries)
        if place is not None:
            job = self._on_cluster(job)
        with self._unit_of_work() as work:
            kept = JobInput(conversion.files, conversion.primaries, submission.project_text)
            stored = work.jobs.add(job.in_line(work.jobs.next_turn(user_id)), kept, key)
            if place is not None:
                work.batches.add(stored.simulation_id, place.cluster_id, place.options)
            work.commit()
        try:
            self._executor.submit(stored)
        except QueueUnavailable:
            return SubmittedJob(stored, conversion.left_out, started=False)
        return SubmittedJob(stored, conversion.left_out)

    def _simulator(self, submission: Submission, place: BatchPlace | None) -> Simulator:
        """Return the simulator meant; only jobs for our own workers need it installed here."""
        if place is None:
            return self._simulators.choose(submission.sim_type, submission.files)
        simulator = self._simulators.meant(submission.sim_type, submission.files)
        if simulator.name not in place.sim_types:
            known = ", ".join(place.sim_types)
            raise InvalidInput("sim_type", f"{simulator.name} can't run on clusters, only {known}")
        return simulator

    def _on_cluster(self, job: Job) -> Job:
        job_id = self._job_ids(job.start_time, Platform.BATCH)
        return replace(job, job_id=job_id, platform=Platform.BATCH)

    def _job(self, user_id: int, submission: Submission, sim_type: str, primaries: int) -> Job:
        now = self._clock.now()
        job = Job(
            job_id=self._job_ids(now, Platform.DIRECT),
            user_id=user_id,
            title=submission.title,
            platform=Platform.DIRECT,
            input_type=InputType.FILES if submission.project is None else InputType.EDITOR,
            sim_type=sim_type,
            start_time=now,
        )
        return job.with_tasks(primaries, submission.ntasks)


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


def _input(simulator: Simulator, submission: Submission) -> Conversion:
    if submission.project is not None:
        found = simulator.convert(submission.project, skip_unsupported=submission.skip_unsupported)
    else:
        files = submission.files or {}
        found = Conversion(files, simulator.total_primaries(files))
    if submission.primaries is None:
        return found
    return Conversion(found.files, submission.primaries, found.left_out)
