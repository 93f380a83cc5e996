"""Take over the results that a job's cluster has merged."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from application.merging.store_results import StoreResults
from application.ports.batch_clusters import Account, BatchClusters, RemoteJob
from application.ports.clock import Clock
from application.ports.result_repository import StoredEstimator
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import ClusterRefused, InvalidInput
from domain.job import Job, Task


@dataclass(frozen=True, slots=True)
class MergedThere:
    """What a cluster has merged: of which tasks, and the logs of those left out and of these."""

    merged: Sequence[int]
    rejected: Mapping[int, Mapping[str, str]]
    logs: Mapping[str, str]
    estimators: Sequence[StoredEstimator]


ReadMerged = Callable[[bytes], MergedThere]
"""Reads what the collect job has left; InvalidInput if it is no good: it is in the user's hands."""


class TakeMergedResults:
    """Ends a job with the results its cluster has left, if they are of all that has completed."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        read: ReadMerged,
        store: StoreResults,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._read = read
        self._store = store
        self._clock = clock

    def __call__(
        self, account: Account, job: Job, remote: RemoteJob, tasks: Sequence[Task]
    ) -> bool:
        """Store what was merged of `tasks`, which have completed; False if they are to be merged.

        That is so where the cluster has not merged, or not the same tasks, or left nonsense.
        """
        found = self._found(account, remote)
        if found is None or {*found.merged, *found.rejected} != {task.index for task in tasks}:
            return False
        with self._unit_of_work() as work:
            now = self._clock.now()
            for task in tasks:
                if task.index in found.rejected:
                    work.jobs.reject_task(job.simulation_id, task.index, task.attempt, now)
                    work.results.add_logs(job.simulation_id, found.rejected[task.index])
            work.commit()
        self._store(job.ref, found.estimators)
        self._keep(job.simulation_id, found.logs)
        return True

    def _found(self, account: Account, remote: RemoteJob) -> MergedThere | None:
        try:
            text = self._clusters.merged(account, remote)
            return None if text is None else self._read(text)
        except (ClusterRefused, InvalidInput):
            return None

    def _keep(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        """Keep the logs of good runs, after the results: nobody waits for them."""
        with self._unit_of_work() as work:
            work.results.add_logs(simulation_id, logs)
            work.commit()
