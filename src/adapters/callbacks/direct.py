"""Reports within one process: straight to the use cases."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol

from application.ports.backend import NOTHING, Lacking, MergeOrder, TaskOrder
from application.ports.result_repository import StoredEstimator
from application.ports.task_queue import TaskMessage
from application.ports.worker_registry import WorkerNote
from domain.errors import BackendRefused, InvalidInput
from domain.job import JobRef, TaskReport


class _Reports(Protocol):
    def __call__(self, job: JobRef, report: TaskReport) -> bool: ...


class DirectBackend:
    """Backend port without a network; what the use cases refuse is BackendRefused here too."""

    def __init__(
        self,
        claim_task: Callable[[TaskMessage, str, Lacking], TaskOrder | None],
        report_task: _Reports,
        claim_merge: Callable[[JobRef, str], MergeOrder | None],
        renew_merge: Callable[[JobRef, str], bool],
        release_task: Callable[[TaskMessage, str], None],
        lose_task: Callable[[TaskMessage, str], bool],
        release_merge: Callable[[JobRef, str], None],
        partial_order: Callable[[JobRef], MergeOrder | None],
        keep_partial: Callable[[JobRef, int, Sequence[StoredEstimator]], None],
        store_results: Callable[[JobRef, Sequence[StoredEstimator]], None],
        fail_job: Callable[[JobRef, str], None],
        add_logs: Callable[[JobRef, Mapping[str, str]], None],
        take_note: Callable[[WorkerNote], None],
    ) -> None:
        self._claim_task = claim_task
        self._report_task = report_task
        self._claim_merge = claim_merge
        self._renew_merge = renew_merge
        self._release_task = release_task
        self._lose_task = lose_task
        self._release_merge = release_merge
        self._partial_order = partial_order
        self._keep_partial = keep_partial
        self._store_results = store_results
        self._fail_job = fail_job
        self._add_logs = add_logs
        self._take_note = take_note

    def claim_task(
        self, message: TaskMessage, claim_id: str, lacking: Lacking = NOTHING
    ) -> TaskOrder | None:
        """Claim a waiting task."""
        return self._claim_task(message, claim_id, lacking)

    def release_task(self, message: TaskMessage, claim_id: str) -> None:
        """Hand back a claimed task."""
        self._release_task(message, claim_id)

    def lose_task(self, message: TaskMessage, claim_id: str) -> bool:
        """Say that something else ended the run of a claimed task."""
        return self._lose_task(message, claim_id)

    def report_task(self, job: JobRef, report: TaskReport) -> bool:
        """Report on a task."""
        with _refusals():
            return self._report_task(job, report)

    def claim_merge(self, job: JobRef, claim_id: str) -> MergeOrder | None:
        """Claim a merge."""
        return self._claim_merge(job, claim_id)

    def release_merge(self, job: JobRef, claim_id: str) -> None:
        """Hand back a claimed merge."""
        self._release_merge(job, claim_id)

    def renew_merge(self, job: JobRef, claim_id: str) -> bool:
        """Hold on to a claimed merge."""
        return self._renew_merge(job, claim_id)

    def send_results(self, job: JobRef, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in the merged results."""
        with _refusals():
            self._store_results(job, estimators)

    def partial_order(self, job: JobRef) -> MergeOrder | None:
        """Ask what to merge of a job that goes on or was cancelled."""
        with _refusals():
            return self._partial_order(job)

    def send_partial(self, job: JobRef, tasks: int, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in what `tasks` completed tasks gave."""
        with _refusals():
            self._keep_partial(job, tasks, estimators)

    def fail_job(self, job: JobRef, log: str) -> None:
        """Say that the job can't be merged, and why."""
        self._fail_job(job, log)

    def send_logs(self, job: JobRef, logs: Mapping[str, str]) -> None:
        """Hand in log files."""
        with _refusals():
            self._add_logs(job, logs)

    def announce(self, note: WorkerNote) -> None:
        """Say what this worker has."""
        self._take_note(note)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what a use case refuses into what a worker expects."""
    try:
        yield
    except InvalidInput as error:
        raise BackendRefused(str(error)) from error
