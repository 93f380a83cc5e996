"""tasks, merges, results, jobs and logfiles: what workers and clusters send."""

from datetime import UTC, datetime

import falcon
import msgspec

from adapters.http.json_media import KIB, MIB, answer, read_body
from adapters.http.resource import Resource
from adapters.http.stored_pages import stored_estimators
from application.input_files import file_text
from application.ports.backend import MergeOrder, TaskOrder
from application.ports.simulator import InputFiles
from application.ports.task_queue import TaskMessage
from domain.errors import InvalidInput, NotAllowed, NotAuthenticated
from domain.job import TaskReport
from domain.states import EntityState

SMALL = 64 * KIB
LARGEST_RESULTS = 200 * MIB
LARGEST_LOGS = 16 * MIB


class WorkerBody(msgspec.Struct):
    """What every message of a worker carries."""

    simulation_id: int
    update_key: str


class ClaimBody(WorkerBody):
    """A claim of a merge, or its renewal."""

    claim_id: str


class TaskClaimBody(ClaimBody):
    """A claim of a task."""

    task_id: int
    attempt: int


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


class EstimatorBody(msgspec.Struct):
    """An estimator whose pages stay as they were sent."""

    name: str
    pages: list[msgspec.Raw]
    metadata: dict[str, object] = {}


class ResultsBody(WorkerBody):
    """The results of a job."""

    estimators: list[EstimatorBody]


class LogfilesBody(WorkerBody):
    """Log files by name."""

    logfiles: dict[str, str]


class JobBody(msgspec.Struct):
    """A report on a whole job."""

    sim_id: int
    update_key: str
    job_state: EntityState | None = None
    log: str | dict[str, str] = ""


class WorkerResource(Resource):
    """Lets in whoever holds the update key of the simulation in question."""

    def authorize(self, simulation_id: int, update_key: str) -> None:
        """Refuse a key that is wrong, has expired or belongs to another simulation."""
        try:
            keys = self.use_cases.tokens.read_update_key(update_key)
        except NotAuthenticated as error:
            raise NotAllowed("update_key: is wrong or has expired") from error
        if keys != simulation_id:
            raise NotAllowed("update_key: belongs to another simulation")


class TaskReports(WorkerResource):
    """POST tasks."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a report on a task; the answer says whether it is still wanted."""
        body = read_body(req, TaskBody, SMALL)
        self.authorize(body.simulation_id, body.update_key)
        wanted = self.use_cases.report_progress(body.simulation_id, _report(body))
        answer(resp, falcon.HTTP_202, {"message": "Task updated", "wanted": wanted})


class TaskClaims(WorkerResource):
    """POST tasks/claim."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Hand a waiting task to a worker."""
        body = read_body(req, TaskClaimBody, SMALL)
        self.authorize(body.simulation_id, body.update_key)
        message = TaskMessage(body.simulation_id, body.task_id, body.attempt)
        order = self.use_cases.claim_task(message, body.claim_id)
        document = {"message": "Task claim", "order": _task_order(order)}
        answer(resp, falcon.HTTP_202, document)


class MergeClaims(WorkerResource):
    """POST merges/claim."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Hand a merge to a worker."""
        body = read_body(req, ClaimBody, SMALL)
        self.authorize(body.simulation_id, body.update_key)
        order = self.use_cases.claim_merge(body.simulation_id, body.claim_id)
        document = {"message": "Merge claim", "order": _merge_order(order)}
        answer(resp, falcon.HTTP_202, document)


class MergeRenewals(WorkerResource):
    """POST merges/renew."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Let a worker hold on to a merge."""
        body = read_body(req, ClaimBody, SMALL)
        self.authorize(body.simulation_id, body.update_key)
        wanted = self.use_cases.claim_merge.renew(body.simulation_id, body.claim_id)
        answer(resp, falcon.HTTP_202, {"message": "Merge renewal", "wanted": wanted})


class ResultReports(WorkerResource):
    """POST results."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take the results of a job, which ends it."""
        body = read_body(req, ResultsBody, LARGEST_RESULTS)
        self.authorize(body.simulation_id, body.update_key)
        items = [(item.name, item.metadata, item.pages) for item in body.estimators]
        self.use_cases.store_results(body.simulation_id, stored_estimators(items))
        answer(resp, falcon.HTTP_202, {"message": "Results saved"})


class JobReports(WorkerResource):
    """POST jobs."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a report on a whole job; a failure ends it, the rest follows from its tasks."""
        body = read_body(req, JobBody, LARGEST_LOGS)
        self.authorize(body.sim_id, body.update_key)
        if body.job_state is EntityState.FAILED:
            log = body.log if isinstance(body.log, str) else "\n".join(body.log.values())
            self.use_cases.fail_job(body.sim_id, log)
        answer(resp, falcon.HTTP_202, {"message": "Job updated"})


class LogReports(WorkerResource):
    """POST logfiles."""

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take log files, which add to those that are there."""
        body = read_body(req, LogfilesBody, LARGEST_LOGS)
        self.authorize(body.simulation_id, body.update_key)
        self.use_cases.add_logs(body.simulation_id, body.logfiles)
        answer(resp, falcon.HTTP_202, {"message": "Log files saved"})


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


def _task_order(order: TaskOrder | None) -> dict[str, object] | None:
    if order is None:
        return None
    return {
        "sim_type": order.sim_type,
        "primaries": order.primaries,
        "seed": order.seed,
        "lease_seconds": order.lease_seconds,
        "input_files": _texts(order.files),
    }


def _merge_order(order: MergeOrder | None) -> dict[str, object] | None:
    if order is None:
        return None
    tasks = [
        {"task_id": task.index, "attempt": task.attempt, "primaries": task.primaries}
        for task in order.tasks
    ]
    return {
        "sim_type": order.sim_type,
        "lease_seconds": order.lease_seconds,
        "input_files": _texts(order.files),
        "tasks": tasks,
    }


def _texts(files: InputFiles) -> dict[str, str]:
    return {name: file_text(content) for name, content in files.items()}
