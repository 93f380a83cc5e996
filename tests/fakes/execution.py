"""Queue, clock, files, process runner and backend without any process."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from application.ports.backend import NOTHING, Lacking, MergeOrder, TaskOrder
from application.ports.process_runner import ProcessOutcome, Watch
from application.ports.simulator import Command
from application.ports.task_queue import MergeMessage, QueueName, TaskMessage, WaitingWork
from domain.errors import (
    BackendRefused,
    ComputationFailed,
    ComputationUnwanted,
    InvalidInput,
    QueueUnavailable,
    SimulationFailed,
)
from domain.estimator import Estimator
from domain.job import JOB_ID, JobRef, TaskReport

T = TypeVar("T")


@dataclass
class FixedClock:
    """Stands still until it is told to go on."""

    moment: datetime = datetime(2026, 5, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class FakeTaskQueue:
    """Keeps what was asked for."""

    tasks: list[TaskMessage] = field(default_factory=list)
    merges: list[MergeMessage] = field(default_factory=list)
    cleanups: list[JobRef] = field(default_factory=list)
    batches: list[JobRef] = field(default_factory=list)
    away: bool = False

    def enqueue_tasks(self, messages: Sequence[TaskMessage]) -> bool:
        if not self.away:
            self.tasks += messages
        return not self.away

    def enqueue_merge(self, message: MergeMessage) -> bool:
        if not self.away:
            self.merges.append(message)
        return not self.away

    def enqueue_cleanup(self, job: JobRef) -> bool:
        if not self.away:
            self.cleanups.append(job)
        return not self.away

    def waiting_work(self) -> WaitingWork:
        if self.away:
            raise QueueUnavailable("away")
        return frozenset([*self.tasks, *self.merges])

    def enqueue_batch(self, job: JobRef) -> bool:
        if not self.away:
            self.batches.append(job)
        return not self.away

    def length(self, queue: QueueName) -> int:
        if self.away:
            raise QueueUnavailable("away")
        if queue is QueueName.SIMULATIONS:
            return len(self.tasks) + len(self.merges)
        return len(self.cleanups if queue is QueueName.HELPER_SHORT else self.batches)


@dataclass
class InMemoryTaskFiles:
    """Keeps the content of files by name of the job, task and attempt."""

    files: dict[tuple[str, int, int], dict[str, bytes]] = field(default_factory=dict)

    def put(self, job: JobRef, index: int, attempt: int, files: Sequence[Path]) -> None:
        if not JOB_ID.fullmatch(job.job_id):
            raise ValueError(f"{job.job_id!r} is no id of a job")
        self.files[job.job_id, index, attempt] = {f.name: f.read_bytes() for f in files}

    @contextmanager
    def fetch(self, job: JobRef, index: int, attempt: int) -> Iterator[Path]:
        for name in (job.job_id, str(job.simulation_id)):
            found = self.files.get((name, index, attempt))
            if found is not None:
                break
        else:
            raise FileNotFoundError("no outputs")
        with TemporaryDirectory() as folder:
            for name, content in found.items():
                (Path(folder) / name).write_bytes(content)
            yield Path(folder)

    def remove(self, name: str) -> None:
        self.files = {key: value for key, value in self.files.items() if key[0] != name}

    def kept(self) -> Sequence[str]:
        return sorted({key[0] for key in self.files})


@dataclass
class ScriptedRunner:
    """Plays output pieces to the watch, writes files, and ends as it was told."""

    pieces: Sequence[str] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    exit_code: int = 0
    ran: list[Command] = field(default_factory=list)

    def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
        self.ran.append(command)
        for piece in self.pieces:
            if not watch(piece):
                return ProcessOutcome(-15, "", stopped=True)
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        return ProcessOutcome(self.exit_code, "".join(self.pieces))


class DirectComputation:
    """Computes at once, in this process: what is wanted when it begins is wanted to its end."""

    def run(self, work: Callable[[], T], returns: type[T], wanted: Callable[[], bool]) -> T:
        if not wanted():
            raise ComputationUnwanted("nobody wants this any more")
        # Another process could be sent this.
        pickle.dumps(work)
        try:
            return work()
        except (InvalidInput, SimulationFailed, OSError):
            raise
        except Exception as error:
            raise ComputationFailed(f"{type(error).__name__}: {error}") from error


@dataclass
class FakeBackend:
    """Hands out one order each and keeps what workers say."""

    task_order: TaskOrder | None = None
    merge_order: MergeOrder | None = None
    wanted: bool = True
    lacking: Lacking = NOTHING
    refuse_reports: bool = False
    reports: list[TaskReport] = field(default_factory=list)
    results: list[Estimator] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    logs: dict[str, str] = field(default_factory=dict)
    renewals: int = 0
    partial: list[tuple[int, list[Estimator]]] = field(default_factory=list)
    released: list[TaskMessage | MergeMessage] = field(default_factory=list)
    lost: list[TaskMessage] = field(default_factory=list)
    most_lost: int = 1

    def claim_task(
        self, message: TaskMessage, claim_id: str, lacking: Lacking = NOTHING
    ) -> TaskOrder | None:
        self.lacking = lacking
        return self.task_order

    def release_task(self, message: TaskMessage, claim_id: str) -> None:
        self.released.append(message)

    def lose_task(self, message: TaskMessage, claim_id: str) -> bool:
        self.lost.append(message)
        return len(self.lost) <= self.most_lost

    def partial_order(self, job: JobRef) -> MergeOrder | None:
        return self.merge_order

    def send_partial(self, job: JobRef, tasks: int, estimators: Sequence[Estimator]) -> None:
        self.partial.append((tasks, list(estimators)))

    def release_merge(self, job: JobRef, claim_id: str) -> None:
        self.released.append(MergeMessage(job))

    def report_task(self, job: JobRef, report: TaskReport) -> bool:
        if self.refuse_reports:
            raise BackendRefused("gone")
        self.reports.append(report)
        return self.wanted

    def claim_merge(self, job: JobRef, claim_id: str) -> MergeOrder | None:
        return self.merge_order

    def renew_merge(self, job: JobRef, claim_id: str) -> bool:
        self.renewals += 1
        return True

    def send_results(self, job: JobRef, estimators: Sequence[Estimator]) -> None:
        self.results += estimators

    def fail_job(self, job: JobRef, log: str) -> None:
        self.failures.append(log)

    def send_logs(self, job: JobRef, logs: Mapping[str, str]) -> None:
        self.logs |= logs
