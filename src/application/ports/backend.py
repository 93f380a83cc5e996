"""A worker's way to the backend: take work, report on it, hand in what came out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from application.ports.result_repository import StoredEstimator
from application.ports.simulator import InputFiles
from application.ports.task_queue import TaskMessage
from application.ports.worker_registry import WorkerNote
from domain.job import JobRef, TaskReport


@dataclass(frozen=True, slots=True)
class TaskOrder:
    """What a worker needs to run a task it has claimed.

    The claim holds for `lease_seconds` after each report and is lost without one.
    """

    sim_type: str
    primaries: int
    seed: int
    files: InputFiles
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Lacking:
    """The simulators that a worker does not have.

    `others_expected` for a worker that has just started, as others may have that are not heard yet.
    """

    simulators: Collection[str] = ()
    others_expected: bool = False


NOTHING = Lacking()


@dataclass(frozen=True, slots=True)
class CompletedTask:
    """A task whose outputs take part in a merge."""

    index: int
    attempt: int
    primaries: int


@dataclass(frozen=True, slots=True)
class MergeOrder:
    """What a worker needs to merge a job it has claimed."""

    sim_type: str
    files: InputFiles
    tasks: Sequence[CompletedTask]
    lease_seconds: float


class Backend(Protocol):
    """Delivers what workers say; retries what may still succeed.

    Every method raises BackendRefused for a final no, BackendUnreachable when patience ran out.
    `claim_id` is chosen by the worker and makes a claim repeatable when its answer was lost.
    """

    def claim_task(
        self, message: TaskMessage, claim_id: str, lacking: Lacking = NOTHING
    ) -> TaskOrder | None:
        """Claim a waiting task; None when it is not to be run (any more).

        RunsElsewhere, and nothing is claimed, when its simulator is `lacking` here alone.
        """
        ...

    def release_task(self, message: TaskMessage, claim_id: str) -> None:
        """Hand back a claimed task because this worker stops; tried once."""
        ...

    def lose_task(self, message: TaskMessage, claim_id: str) -> bool:
        """Say that something else ended the run of a claimed task, which counts as a loss of it.

        True when it is tried once more; else the worker goes on to report what became of it.
        """
        ...

    def report_task(self, job: JobRef, report: TaskReport) -> bool:
        """Report on a task; the answer says whether this attempt is still wanted."""
        ...

    def claim_merge(self, job: JobRef, claim_id: str) -> MergeOrder | None:
        """Claim a merge; None when it is not to be done (any more)."""
        ...

    def release_merge(self, job: JobRef, claim_id: str) -> None:
        """Hand back a claimed merge because this worker stops; tried once."""
        ...

    def renew_merge(self, job: JobRef, claim_id: str) -> bool:
        """Hold on to a claimed merge; False when it is no longer wanted."""
        ...

    def send_results(self, job: JobRef, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in the merged results, which ends the job."""
        ...

    def partial_order(self, job: JobRef) -> MergeOrder | None:
        """Return what to merge of a job that goes on or was cancelled; None if nothing is new."""
        ...

    def send_partial(self, job: JobRef, tasks: int, estimators: Sequence[StoredEstimator]) -> None:
        """Hand in what `tasks` completed tasks gave; the job goes on."""
        ...

    def fail_job(self, job: JobRef, log: str) -> None:
        """Say that the job can't be merged, and why."""
        ...

    def send_logs(self, job: JobRef, logs: Mapping[str, str]) -> None:
        """Hand in log files by name; they add to those that are there."""
        ...

    def announce(self, note: WorkerNote) -> None:
        """Say what this worker has; tried once, the next note comes soon."""
        ...
