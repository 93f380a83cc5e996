"""Do at once what a batch job wants: be submitted, or be stopped on its cluster."""

from application.accounts.cluster_accounts import ClusterAccounts
from application.clusters.poll_cluster import LEASE, remote_job
from application.clusters.start_batch_job import StartBatchJob
from application.ports.batch_clusters import BatchClusters
from application.ports.batch_repository import BatchJob
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import ClusterRefused, ClusterUnreachable
from domain.job import JobRef


class AttendBatchJob:
    """Answers the message about a batch job; whatever fails here is done by the next round."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        accounts: ClusterAccounts,
        start: StartBatchJob,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._accounts = accounts
        self._start = start
        self._clock = clock

    def __call__(self, job: JobRef) -> None:
        """Look at one job; nothing happens if there is nothing to do, or if it is gone."""
        with self._unit_of_work(read_only=True) as work:
            batch = work.batches.get(job.simulation_id)
        if batch is None or batch.job.ref != job:
            return
        if batch.job.state.is_terminal:
            self._stop(batch)
            return
        now = self._clock.now()
        with self._unit_of_work() as work:
            claimed = work.batches.claim_new(job.simulation_id, now, now + LEASE)
            work.commit()
        if claimed is not None:
            self._start(claimed)

    def _stop(self, batch: BatchJob) -> None:
        remote = remote_job(batch)
        if remote is None:
            return
        try:
            account = self._accounts.of(batch.job.user_id, batch.cluster)
            self._clusters.cancel(account, [remote])
        except (ClusterUnreachable, ClusterRefused):
            # The next round sees a job that is over here and runs there, and stops it.
            return
