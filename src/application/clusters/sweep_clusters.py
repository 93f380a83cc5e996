"""Remove old folders of jobs from the clusters."""

from datetime import timedelta

from application.accounts.cluster_accounts import ClusterAccounts
from application.ports.batch_clusters import BatchClusters
from application.ports.batch_repository import ClusterUser
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import ClusterRefused, ClusterUnreachable


class SweepClusters:
    """Looks for users with old folders, and removes all old folders each of them has."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        accounts: ClusterAccounts,
        clock: Clock,
        days: float,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._accounts = accounts
        self._clock = clock
        self._days = days

    def __call__(self) -> None:
        """Sweep once; a cluster that can't be reached is swept another time."""
        before = self._clock.now() - timedelta(days=self._days)
        with self._unit_of_work(read_only=True) as work:
            found = work.batches.expired(before)
        for whose in found:
            try:
                self._sweep(whose)
            except (ClusterUnreachable, ClusterRefused):
                continue
            with self._unit_of_work() as work:
                work.batches.swept(whose, before)
                work.commit()

    def _sweep(self, whose: ClusterUser) -> None:
        with self._unit_of_work(read_only=True) as work:
            keep = work.batches.open_job_ids(whose)
            clusters = {cluster.id: cluster for cluster in work.clusters.all()}
        account = self._accounts.of(whose.user_id, clusters[whose.cluster_id])
        self._clusters.sweep(account, self._days, keep)
