"""tasks, merges, results, jobs and logfiles: what workers and clusters send."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.results.stored_pages import ReceivedEstimator, received_pages
from adapters.http.wire.endpoint import Access, Call, endpoint
from adapters.http.wire.json_media import KIB, MIB
from adapters.http.wire.resource import Resource, WorkerBody
from adapters.http.wire.response_bodies import Answer
from application.ports.backend import Lacking, MergeOrder, TaskOrder
from application.ports.security import UpdateClaims
from application.ports.simulator import InputFiles
from application.ports.task_queue import TaskMessage
from application.submission.input_files import file_text
from domain.errors import InvalidInput, RunsElsewhere
from domain.job import JobRef, TaskReport
from domain.states import EntityState

SMALL = 64 * KIB
LARGEST_RESULTS = 200 * MIB
LARGEST_LOGS = 16 * MIB
ERRORS = (400, 403, 413)
"""How a report may be refused."""


class ClaimBody(WorkerBody):
    """A claim of a merge, or its renewal."""

    claim_id: str


class TaskReleaseBody(ClaimBody):
    """A task that is handed back."""

    task_id: int
    attempt: int


class TaskClaimBody(TaskReleaseBody):
    """A claim of a task by a worker that lacks some simulators; the others may just start too."""

    lacking: tuple[str, ...] = ()
    others_expected: bool = False


class UpdateDict(msgspec.Struct):
    """What a report says; unknown fields of older scripts are ignored."""

    task_state: EntityState | None = None
    simulated_primaries: int | None = None
    estimated_time: float | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None


class TaskBody(WorkerBody):
    """A report on a task."""

    task_id: int | str
    update_dict: UpdateDict
    attempt: int | None = None


class ResultsBody(WorkerBody):
    """The results of a job."""

    estimators: list[ReceivedEstimator]
    partial_tasks: Annotated[int, Meta(ge=1, lt=2**31)] | None = None


class LogfilesBody(WorkerBody):
    """Log files by name."""

    logfiles: dict[str, str]


class JobBody(WorkerBody):
    """A report on a whole job; here the simulation is called `sim_id`."""

    simulation_id: int = msgspec.field(name="sim_id")
    job_state: EntityState | None = None
    log: str | dict[str, str] = ""


class WantedAnswer(Answer):
    """Whether the work is still wanted; a worker that isn't stops its simulator."""

    wanted: bool


class TaskOrderShown(msgspec.Struct):
    """A task to run: its share of primaries, its seed, and how often to report."""

    sim_type: str
    primaries: int
    seed: int
    lease_seconds: float
    input_files: dict[str, str]


class TaskClaimAnswer(Answer):
    """What to run; null when the task is not to be run (any more), or `elsewhere`.

    Then that is the simulator which another worker has: this one puts its message back.
    """

    order: TaskOrderShown | None
    elsewhere: str | None = None


class CompletedTaskShown(msgspec.Struct):
    """A task whose outputs are to be merged."""

    task_id: int
    attempt: int
    primaries: int


class MergeOrderShown(msgspec.Struct):
    """A merge to do."""

    sim_type: str
    lease_seconds: float
    input_files: dict[str, str]
    tasks: list[CompletedTaskShown]


class MergeClaimAnswer(Answer):
    """What to merge; null when it is not to be merged (any more)."""

    order: MergeOrderShown | None


class TaskReports(Resource):
    """POST tasks."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, key: UpdateClaims, body: TaskBody) -> WantedAnswer:
        """Take a report on a task; the answer says whether it is still wanted."""
        del call
        wanted = self.use_cases.report_progress(key.job, _report(body), key)
        return WantedAnswer("Task updated", wanted)


class TaskClaims(Resource):
    """POST tasks/claim."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: TaskClaimBody) -> TaskClaimAnswer:
        """Hand a waiting task to a worker."""
        del call
        message = TaskMessage(job, body.task_id, body.attempt)
        lacking = Lacking(body.lacking, body.others_expected)
        try:
            order = self.use_cases.claim_task(message, body.claim_id, lacking)
        except RunsElsewhere as error:
            return TaskClaimAnswer("Task runs elsewhere", None, error.simulator)
        return TaskClaimAnswer("Task claim", None if order is None else _task_order(order))


class MergeClaims(Resource):
    """POST merges/claim."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: ClaimBody) -> MergeClaimAnswer:
        """Hand a merge to a worker."""
        del call
        order = self.use_cases.claim_merge(job, body.claim_id)
        return MergeClaimAnswer("Merge claim", None if order is None else _merge_order(order))


class PartialMergeOrders(Resource):
    """POST merges/partial."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS, last_words=True)
    def on_post(self, call: Call, job: JobRef, body: WorkerBody) -> MergeClaimAnswer:
        """Tell a worker what to merge of a job that goes on or was cancelled."""
        del call, body
        order = self.use_cases.partial_merges.order(job)
        return MergeClaimAnswer("Partial merge", None if order is None else _merge_order(order))


class MergeRenewals(Resource):
    """POST merges/renew."""

    @endpoint(access=Access.WORKER, status=202, limit=SMALL, errors=ERRORS)
    def on_post(self, call: Call, job: JobRef, body: ClaimBody) -> WantedAnswer:
        """Let a worker hold on to a merge."""
        del call
        wanted = self.use_cases.claim_merge.renew(job, body.claim_id)
        return WantedAnswer("Merge renewal", wanted)


class ResultReports(Resource):
    """POST results."""

    @endpoint(
        access=Access.WORKER, status=202, limit=LARGEST_RESULTS, errors=ERRORS, last_words=True
    )
    def on_post(self, call: Call, job: JobRef, body: ResultsBody) -> Answer:
        """Take the results of a job, which ends it unless they are of `partial_tasks` alone."""
        del call
        pages = received_pages(body.estimators)
        if body.partial_tasks is None:
            self.use_cases.store_results(job, pages)
        else:
            self.use_cases.partial_merges.keep(job, body.partial_tasks, pages)
        return Answer("Results saved")


class JobReports(Resource):
    """POST jobs."""

    @endpoint(access=Access.WORKER, status=202, limit=LARGEST_LOGS, errors=ERRORS, last_words=True)
    def on_post(self, call: Call, job: JobRef, body: JobBody) -> Answer:
        """Take a report on a whole job; a failure ends it, the rest follows from its tasks."""
        del call
        if body.job_state is EntityState.FAILED:
            log = body.log if isinstance(body.log, str) else "\n".join(body.log.values())
            self.use_cases.fail_job(job, log)
        return Answer("Job updated")


class LogReports(Resource):
    """POST logfiles."""

    @endpoint(access=Access.WORKER, status=202, limit=LARGEST_LOGS, errors=ERRORS, last_words=True)
    def on_post(self, call: Call, job: JobRef, body: LogfilesBody) -> Answer:
        """Take log files, which add to those that are there."""
        del call
        self.use_cases.add_logs(job, body.logfiles)
        return Answer("Log files saved")


def _report(body: TaskBody) -> TaskReport:
    said = body.update_dict
    index = str(body.task_id)
    if not index.isdecimal():
        raise InvalidInput("task_id", "must be the number of the task, from 1")
    for name in ("simulated_primaries", "estimated_time"):
        value = getattr(said, name)
        if value is not None and not 0 <= value < 2**63:
            raise InvalidInput(f"update_dict.{name}", "must not be negative")
    return TaskReport(
        index=int(index),
        attempt=body.attempt,
        state=said.task_state,
        simulated_primaries=said.simulated_primaries,
        estimated_seconds=None if said.estimated_time is None else int(said.estimated_time),
        start_time=_aware(said.start_time),
        end_time=_aware(said.end_time),
    )


def _aware(moment: datetime | None) -> datetime | None:
    """Return a moment with a zone; older scripts send UTC without saying so."""
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _task_order(order: TaskOrder) -> TaskOrderShown:
    return TaskOrderShown(
        order.sim_type, order.primaries, order.seed, order.lease_seconds, _texts(order.files)
    )


def _merge_order(order: MergeOrder) -> MergeOrderShown:
    tasks = [CompletedTaskShown(task.index, task.attempt, task.primaries) for task in order.tasks]
    return MergeOrderShown(order.sim_type, order.lease_seconds, _texts(order.files), tasks)


def _texts(files: InputFiles) -> dict[str, str]:
    return {name: file_text(content) for name, content in files.items()}
