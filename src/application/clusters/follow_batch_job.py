"""Let a job follow what its cluster says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.clusters.batch_log import BatchLog
from application.clusters.bring_in_outputs import BringInOutputs, Rejected
from application.clusters.take_merged_results import TakeMergedResults
from application.merging.settle_job import SettleJob
from application.ports.batch_clusters import Account, BatchClusters, RemoteJob
from application.ports.batch_repository import BatchJob
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from domain.batch import Phase, RemoteStatus, TaskNews, news_of
from domain.errors import ClusterRefused
from domain.job import Job
from domain.states import EntityState

PATIENCE_SECONDS = 30.0
"""How long accounting (5 s measured) and shared file systems may lag behind."""


@dataclass(frozen=True, slots=True)
class Following:
    """What is used to follow a job: results or outputs are brought in, jobs settled and told of."""

    take_merged: TakeMergedResults
    bring_in: BringInOutputs
    settle: SettleJob
    log: BatchLog


class FollowBatchJob:
    """Applies what is known of one job; says whether anything was new."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        following: Following,
        clock: Clock,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._following = following
        self._clock = clock
        self._patience = timedelta(seconds=patience_seconds)
        self._doubtful_since: dict[int, datetime] = {}

    def __call__(
        self, account: Account, batch: BatchJob, remote: RemoteJob, status: RemoteStatus
    ) -> bool:
        """Move a job along; True when something changed or is about to."""
        if batch.job.state.is_terminal:
            return self._wind_up(account, batch, remote, status)
        news = self._news(batch.job, status)
        self._apply(batch.job.simulation_id, news)
        self._following.log.note(remote.simulation_id, _story(batch, status))
        if not status.is_over:
            return bool(news)
        return self._finish(account, batch.job, remote)

    def _news(self, job: Job, status: RemoteStatus) -> Sequence[TaskNews]:
        now = self._clock.now()
        hasty = [news_of(task, status, patient=False) for task in job.tasks]
        calm = [news_of(task, status, patient=True) for task in job.tasks]
        if hasty == calm:
            self._doubtful_since.pop(job.simulation_id, None)
            return [news for news in calm if news]
        since = self._doubtful_since.setdefault(job.simulation_id, now)
        return [news for news in (hasty if now - since > self._patience else calm) if news]

    def _apply(self, simulation_id: int, news: Sequence[TaskNews]) -> None:
        if not news:
            return
        with self._unit_of_work() as work:
            for item in news:
                self._tell(work, simulation_id, item)
            if any(item.report.state is EntityState.RUNNING for item in news):
                work.jobs.start(simulation_id)
            work.commit()

    def _tell(self, work: UnitOfWork, simulation_id: int, item: TaskNews) -> None:
        now = self._clock.now()
        work.jobs.apply_report(simulation_id, item.report, now, now)
        if item.reason:
            name = f"task_{item.report.index:04d}_error.log"
            work.results.add_logs(simulation_id, {name: item.reason})

    def _finish(self, account: Account, job: Job, remote: RemoteJob) -> bool:
        """End a job of which nothing is left on the cluster, once all its tasks are over."""
        with self._unit_of_work(read_only=True) as work:
            job = work.jobs.by_simulation_id(job.simulation_id)
        if not all(task.state.is_terminal for task in job.tasks):
            return True
        if not job.state.is_terminal:
            completed = [task for task in job.tasks if task.state is EntityState.COMPLETED]
            try:
                if completed and not self._following.take_merged(account, job, remote, completed):
                    rejected = self._following.bring_in(account, job, remote, completed)
                    self._reject(job.simulation_id, rejected)
            except ClusterRefused as error:
                self._following.log.fail(job, f"The job can't be merged: {error}")
            else:
                self._following.settle(job.ref, outputs_here=True)
        self._close(job.simulation_id)
        return True

    def _reject(self, simulation_id: int, rejected: Sequence[Rejected]) -> None:
        """Fail those tasks whose outputs are no good; the others are merged without them."""
        if not rejected:
            return
        with self._unit_of_work() as work:
            now = self._clock.now()
            for item in rejected:
                work.jobs.reject_task(simulation_id, item.task.index, item.task.attempt, now)
                work.results.add_logs(simulation_id, item.logs)
            work.commit()

    def _wind_up(
        self, account: Account, batch: BatchJob, remote: RemoteJob, status: RemoteStatus
    ) -> bool:
        """Leave nothing of a job that is over on the cluster."""
        state = batch.job.state
        if not status.is_over:
            if state is not EntityState.COMPLETED:
                self._clusters.cancel(account, [remote])
            return True
        if status.collect.phase is Phase.CANCELED:
            # A collect job that can never start waits for ever unless it is taken away.
            self._clusters.cancel(account, [remote])
        if state is EntityState.CANCELED:
            self._clusters.remove(account, remote)
        self._close(batch.job.simulation_id)
        return True

    def _close(self, simulation_id: int) -> None:
        self._doubtful_since.pop(simulation_id, None)
        self._following.log.forget(simulation_id)
        with self._unit_of_work() as work:
            work.batches.close(simulation_id)
            work.commit()


def _story(batch: BatchJob, status: RemoteStatus) -> str:
    """Return what a user should know of a job: how many elements stand where, and why."""
    phases = [state.phase for state in status.elements.values()]
    counts = ", ".join(f"{phases.count(phase)} {phase}" for phase in Phase if phase in phases)
    lines = [f"On {batch.cluster.name}: {counts}."]
    for index, state in status.elements.items():
        if state.sentence:
            lines.append(f"Task {index}: {state.sentence}")
    if status.collect.sentence:
        lines.append(f"Collecting: {status.collect.sentence}")
    return "\n".join(lines)
