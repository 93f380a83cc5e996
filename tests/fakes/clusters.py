"""Clusters that do what they are told, without SSH."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.executors.slurm_ssh.options import checked_options, header_options
from application.ports.batch_clusters import Account, BatchOrder, RemoteJob, Step
from domain.batch import GONE, NodeReport, Phase, RemoteState, RemoteStatus
from domain.states import EntityState

WAITING = RemoteState(Phase.WAITING)
RUNNING = RemoteState(Phase.RUNNING)
DONE = RemoteState(Phase.DONE)


def status(*elements: RemoteState, collect: RemoteState = WAITING, **more: object) -> RemoteStatus:
    """Return a status of elements 1, 2, 3 ..."""
    return RemoteStatus(dict(enumerate(elements, start=1)), collect, **more)  # type: ignore[arg-type]


def completed(primaries: int = 1) -> NodeReport:
    """Return the last word of a task that went well."""
    return NodeReport(EntityState.COMPLETED, primaries)


@dataclass
class FakeClusters:
    """Takes jobs, says what `answers` holds, and fails with `failures` first."""

    answers: dict[str, RemoteStatus] = field(default_factory=dict)
    outputs: Mapping[int, Mapping[str, bytes]] = field(default_factory=dict)
    merged_there: dict[str, bytes] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    accepts_before_failing: bool = False
    orders: list[BatchOrder] = field(default_factory=list)
    known: dict[str, RemoteJob] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    canceled: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    swept: list[tuple[float, list[str]]] = field(default_factory=list)
    on_fetch: Callable[[], None] = lambda: None

    def check(self, account: Account) -> None:
        pass

    def options(self, field: str, header: str, options: Mapping[str, object]) -> dict[str, str]:
        given = checked_options(f"{field}_options", options)
        return {**header_options(f"{field}_header", header), **given}

    def submit(self, account: Account, order: BatchOrder, again: bool) -> RemoteJob:
        if again and order.job_id in self.known:
            return self.known[order.job_id]
        if self.failures and not self.accepts_before_failing:
            raise self.failures.pop(0)
        self.orders.append(order)
        number = 100 + 2 * len(self.orders)
        self.known[order.job_id] = RemoteJob(
            order.simulation_id, order.job_id, len(order.shares),
            f"/scratch/{order.job_id}", number, number + 1,
        )  # fmt: skip
        if self.failures:
            raise self.failures.pop(0)
        return self.known[order.job_id]

    def find(self, account: Account, job_id: str, ntasks: int) -> RemoteJob | None:
        return self.known.get(job_id)

    def poll(self, account: Account, jobs: Sequence[RemoteJob]) -> Mapping[int, RemoteStatus]:
        if self.failures:
            raise self.failures.pop(0)
        self.asked.append([job.job_id for job in jobs])
        gone = {job.job_id: status(*[GONE] * job.ntasks, collect=GONE) for job in jobs}
        return {job.simulation_id: (gone | self.answers)[job.job_id] for job in jobs}

    def fetch(self, account: Account, job: RemoteJob, folder: Path, repack: bool = False) -> None:
        self.on_fetch()
        for index, files in self.outputs.items():
            place = folder / f"{index:04d}"
            place.mkdir(exist_ok=True)
            for name, content in files.items():
                (place / name).write_bytes(content)

    def merged(self, account: Account, job: RemoteJob) -> bytes | None:
        return self.merged_there.get(job.job_id)

    def cancel(self, account: Account, jobs: Sequence[RemoteJob]) -> None:
        self.canceled += [job.job_id for job in jobs]

    def remove(self, account: Account, job: RemoteJob) -> None:
        self.removed.append(job.job_id)

    def sweep(self, account: Account, days: float, keep: Sequence[str]) -> None:
        self.swept.append((days, list(keep)))

    def examine(self, account: Account) -> Iterator[Step]:
        yield Step("key", True)

    def close(self) -> None:
        pass

    def close_idle(self) -> None:
        pass
