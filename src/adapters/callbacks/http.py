"""Reports over HTTP, each with the update key of its simulation."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import msgspec

from adapters.callbacks.delivery import Delivery
from adapters.callbacks.result_json import results_json
from application.ports.backend import NOTHING, CompletedTask, Lacking, MergeOrder, TaskOrder
from application.ports.result_repository import StoredEstimator
from application.ports.task_queue import TaskMessage
from application.ports.worker_registry import WorkerNote
from application.submission.input_files import file_bytes
from domain.errors import BackendRefused, BackendUnreachable, RunsElsewhere
from domain.job import JobRef, TaskReport
from domain.states import EntityState

log = logging.getLogger(__name__)

UpdateKey = Callable[[JobRef], str]
"""Makes the key with which the workers of one job report."""

PARTING_SECONDS = 3.0
"""A kept connection may be closed at that very moment; there are seconds left, not minutes."""

PATIENCE = 24 * 3600.0
"""How long an outcome is offered to an API that is away: a night's computing is worth it."""


class _TaskOrder(msgspec.Struct):
    """A task to run, as the API tells it."""

    sim_type: str
    primaries: int
    seed: int
    lease_seconds: float
    input_files: dict[str, str]


class _Completed(msgspec.Struct):
    """A completed task, as the API tells it."""

    task_id: int
    attempt: int
    primaries: int


class _MergeOrder(msgspec.Struct):
    """A merge to do, as the API tells it."""

    sim_type: str
    lease_seconds: float
    input_files: dict[str, str]
    tasks: list[_Completed]


class HttpBackend:
    """Backend port over the API's worker endpoints."""

    def __init__(
        self,
        base_url: str,
        update_key: UpdateKey,
        worker_key: Callable[[], str],
        stopping: threading.Event,
        patience: float = PATIENCE,
    ) -> None:
        self._delivery = Delivery(base_url, stopping)
        self._update_key = update_key
        self._worker_key = worker_key
        self._patience = patience

    def claim_task(
        self, message: TaskMessage, claim_id: str, lacking: Lacking = NOTHING
    ) -> TaskOrder | None:
        """Claim a waiting task."""
        fields = {
            "task_id": message.index,
            "attempt": message.attempt,
            "claim_id": claim_id,
            "lacking": sorted(lacking.simulators),
            "others_expected": lacking.others_expected,
        }
        answer = self._claim("/tasks/claim", message.job, fields)
        if elsewhere := answer.get("elsewhere"):
            raise RunsElsewhere(str(elsewhere))
        if answer.get("order") is None:
            return None
        order = msgspec.convert(answer["order"], _TaskOrder)
        files = _files(order.input_files)
        return TaskOrder(order.sim_type, order.primaries, order.seed, files, order.lease_seconds)

    def release_task(self, message: TaskMessage, claim_id: str) -> None:
        """Hand back a claimed task because this worker stops."""
        fields = {"task_id": message.index, "attempt": message.attempt, "claim_id": claim_id}
        self._post("/tasks/release", message.job, fields, PARTING_SECONDS, parting=True)

    def lose_task(self, message: TaskMessage, claim_id: str) -> bool:
        """Say that something else ended the run of a claimed task."""
        fields = {"task_id": message.index, "attempt": message.attempt, "claim_id": claim_id}
        answer = self._post("/tasks/lose", message.job, fields)
        return bool(answer.get("again"))

    def report_task(self, job: JobRef, report: TaskReport) -> bool:
        """Report on a task; mere progress is tried once, the next report will tell more."""
        final = report.state is not None and report.state.is_terminal
        fields = {"task_id": report.index, "attempt": report.attempt, "update_dict": _said(report)}
        try:
            answer = self._post("/tasks", job, fields, self._patience if final else 0.0)
        except BackendUnreachable:
            if final:
                raise
            return True
        return bool(answer.get("wanted", True))

    def claim_merge(self, job: JobRef, claim_id: str) -> MergeOrder | None:
        """Claim a merge."""
        return _merge_order(self._claim("/merges/claim", job, {"claim_id": claim_id}))

    def partial_order(self, job: JobRef) -> MergeOrder | None:
        """Ask what to merge of a job that goes on or was cancelled."""
        return _merge_order(self._post("/merges/partial", job, {}))

    def send_partial(self, job: JobRef, tasks: int, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in what `tasks` completed tasks gave."""
        self._send_results(job, estimators, {"partial_tasks": tasks})

    def release_merge(self, job: JobRef, claim_id: str) -> None:
        """Hand back a claimed merge because this worker stops."""
        fields = {"claim_id": claim_id}
        self._post("/merges/release", job, fields, PARTING_SECONDS, parting=True)

    def renew_merge(self, job: JobRef, claim_id: str) -> bool:
        """Hold on to a claimed merge."""
        answer = self._claim("/merges/renew", job, {"claim_id": claim_id}, 0.0)
        return bool(answer.get("wanted"))

    def send_results(self, job: JobRef, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in the merged results."""
        self._send_results(job, estimators, {})

    def _send_results(
        self, job: JobRef, estimators: Sequence[StoredEstimator], more: Mapping[str, object]
    ) -> None:
        key = self._update_key(job)
        extra = {"simulation_id": job.simulation_id, "update_key": key, **more}
        body = results_json(estimators, extra)
        self._delivery.post("/results", body, self._patience, key=key)

    def fail_job(self, job: JobRef, log: str) -> None:
        """Say that the job can't be merged, and why."""
        fields = {"sim_id": job.simulation_id, "job_state": EntityState.FAILED.value, "log": log}
        self._post("/jobs", job, fields)

    def send_logs(self, job: JobRef, logs: Mapping[str, str]) -> None:
        """Hand in log files."""
        self._post("/logfiles", job, {"logfiles": dict(logs)})

    def announce(self, note: WorkerNote) -> None:
        """Say what this worker has."""
        document = {
            "worker_key": self._worker_key(),
            "worker": note.worker,
            "cores": note.cores,
            "simulators": dict(note.simulators),
        }
        self._delivery.post("/workers", msgspec.json.encode(document), 0.0)

    def close(self) -> None:
        """Close the connections."""
        self._delivery.close()

    def _claim(
        self,
        path: str,
        job: JobRef,
        fields: Mapping[str, object],
        patience: float | None = None,
    ) -> Mapping[str, object]:
        """Ask for work; a refusal is no order: the job is over, gone or another's."""
        try:
            return self._post(path, job, fields, patience)
        except BackendRefused as error:
            log.warning("%s for job %s is refused: %s", path, job.job_id, error)
            return {}

    def _post(
        self,
        path: str,
        job: JobRef,
        fields: Mapping[str, object],
        patience: float | None = None,
        parting: bool = False,
    ) -> Mapping[str, object]:
        key = self._update_key(job)
        document = {"simulation_id": job.simulation_id, "update_key": key, **fields}
        wait = self._patience if patience is None else patience
        return self._delivery.post(path, msgspec.json.encode(document), wait, parting, key)


def _merge_order(answer: Mapping[str, object]) -> MergeOrder | None:
    if answer.get("order") is None:
        return None
    order = msgspec.convert(answer["order"], _MergeOrder)
    tasks = [CompletedTask(item.task_id, item.attempt, item.primaries) for item in order.tasks]
    return MergeOrder(order.sim_type, _files(order.input_files), tasks, order.lease_seconds)


def _files(texts: Mapping[str, str]) -> dict[str, bytes]:
    return {name: file_bytes(text) for name, text in texts.items()}


def _said(report: TaskReport) -> dict[str, object]:
    said: dict[str, object | None] = {
        "task_state": None if report.state is None else report.state.value,
        "simulated_primaries": report.simulated_primaries,
        "estimated_time": report.estimated_seconds,
        "start_time": _moment(report.start_time),
        "end_time": _moment(report.end_time),
    }
    return {name: value for name, value in said.items() if value is not None}


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
