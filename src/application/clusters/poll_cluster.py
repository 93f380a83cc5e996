"""Ask a cluster about all jobs of one user at once, now and then."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from application.accounts.cluster_accounts import ClusterAccounts
from application.clusters.batch_log import BatchLog
from application.clusters.follow_batch_job import FollowBatchJob
from application.clusters.start_batch_job import StartBatchJob
from application.ports.batch_clusters import Account, BatchClusters, RemoteJob
from application.ports.batch_repository import BatchJob, ClusterUser
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.batch import RemoteStatus
from domain.cluster import Cluster
from domain.errors import ClusterRefused, ClusterUnreachable

LEASE = timedelta(minutes=10)
"""How long one round may take: it may bring in many outputs."""

SLOWEST_SECONDS = 60.0
SLOWING = 1.5
JITTER = 0.2
GIVE_UP = timedelta(days=14)


class Pace:
    """How often each user's jobs are asked about: at the floor while things change, then less.

    The jitter, which only ever lengthens, keeps users' questions from coming all at once.
    """

    def __init__(self, spread: Callable[[], float] = random.random) -> None:
        self._seconds: dict[ClusterUser, float] = {}
        self._spread = spread

    def next(self, whose: ClusterUser, cluster: Cluster, *, busy: bool) -> timedelta:
        """Return the time until the next question."""
        floor = cluster.poll_seconds
        slowest = max(floor, SLOWEST_SECONDS)
        slower = min(slowest, SLOWING * self._seconds.get(whose, floor))
        self._seconds[whose] = floor if busy else slower
        return timedelta(seconds=self._seconds[whose] * (1 + JITTER * self._spread()))


class PollCluster:
    """One round for one user on one cluster: submits what waits, follows what runs."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clusters: BatchClusters,
        accounts: ClusterAccounts,
        start: StartBatchJob,
        follow: FollowBatchJob,
        log: BatchLog,
        clock: Clock,
        pace: Pace,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clusters = clusters
        self._accounts = accounts
        self._start = start
        self._follow = follow
        self._log = log
        self._clock = clock
        self._pace = pace

    def due(self) -> Sequence[ClusterUser]:
        """Return whose jobs are to be asked about now."""
        with self._unit_of_work(read_only=True) as work:
            return work.batches.due(self._clock.now())

    def __call__(self, whose: ClusterUser) -> None:
        """Do one round, unless somebody else does it already."""
        now = self._clock.now()
        with self._unit_of_work() as work:
            batches = work.batches.claim(whose, now, now + LEASE)
            work.commit()
        if not batches:
            return
        busy = False
        try:
            for batch in batches:
                if batch.array_id is None:
                    self._begin(batch)
            busy = self._ask(batches)
        finally:
            self._schedule(whose, batches[0].cluster, busy)

    def _begin(self, batch: BatchJob) -> None:
        """Submit a job, or forget one that was cancelled before it was."""
        if not batch.job.state.is_terminal:
            self._start(batch)
            return
        if not batch.attempts:
            self._close(batch.job.simulation_id)
            return
        try:
            self._look_for(batch)
        except (ClusterUnreachable, ClusterRefused) as error:
            self._wait(batch, str(error))

    def _look_for(self, batch: BatchJob) -> None:
        """Look for a cancelled job that may have been taken by the cluster without our knowing."""
        job = batch.job
        account = self._accounts.of(job.user_id, batch.cluster)
        remote = self._clusters.find(account, job.job_id, len(job.tasks))
        if remote is None:
            self._close(job.simulation_id)
            return
        self._clusters.cancel(account, [remote])
        with self._unit_of_work() as work:
            work.batches.submitted(
                job.simulation_id, remote.job_dir, remote.array_id, remote.collect_id
            )
            work.commit()

    def _ask(self, batches: Sequence[BatchJob]) -> bool:
        """Ask about all submitted jobs; True when anything was new."""
        known = {
            batch.job.simulation_id: (batch, remote)
            for batch in batches
            if (remote := remote_job(batch)) is not None
        }
        if not known:
            return False
        first = batches[0]
        try:
            account = self._accounts.of(first.job.user_id, first.cluster)
            statuses = self._clusters.poll(account, [remote for _, remote in known.values()])
        except (ClusterUnreachable, ClusterRefused) as error:
            for batch, _ in known.values():
                self._wait(batch, str(error))
            return False
        with self._unit_of_work() as work:
            work.batches.asked(list(known), self._clock.now())
            work.commit()
        news = [
            self._follow_one(account, *known[simulation_id], statuses[simulation_id])
            for simulation_id in known
        ]
        return any(news)

    def _follow_one(
        self, account: Account, batch: BatchJob, remote: RemoteJob, status: RemoteStatus
    ) -> bool:
        try:
            return self._follow(account, batch, remote, status)
        except (ClusterUnreachable, ClusterRefused) as error:
            self._wait(batch, str(error))
            return False

    def _wait(self, batch: BatchJob, reason: str) -> None:
        """Leave a job as it is: nothing is known of it now; after two weeks it is given up."""
        job = batch.job
        name = batch.cluster.name
        if self._clock.now() - (batch.asked or job.start_time) > GIVE_UP:
            if not job.state.is_terminal:
                self._log.fail(job, f"{name} could not be asked for two weeks: {reason}")
            self._close(job.simulation_id)
            return
        if not job.state.is_terminal:
            self._log.note(
                job.simulation_id, f"{name} could not be asked; it will be asked again: {reason}"
            )
        if batch.array_id is None:
            self._put_off(job.simulation_id)

    def _put_off(self, simulation_id: int) -> None:
        with self._unit_of_work() as work:
            when = self._clock.now() + timedelta(seconds=SLOWEST_SECONDS)
            work.batches.put_off(simulation_id, when)
            work.commit()

    def _close(self, simulation_id: int) -> None:
        with self._unit_of_work() as work:
            work.batches.close(simulation_id)
            work.commit()

    def _schedule(self, whose: ClusterUser, cluster: Cluster, busy: bool) -> None:
        when: datetime = self._clock.now() + self._pace.next(whose, cluster, busy=busy)
        with self._unit_of_work() as work:
            work.batches.schedule(whose, when)
            work.commit()


def remote_job(batch: BatchJob) -> RemoteJob | None:
    """Return a job as its cluster knows it, None before it was submitted."""
    if batch.job_dir is None or batch.array_id is None or batch.collect_id is None:
        return None
    job = batch.job
    return RemoteJob(
        job.simulation_id,
        job.job_id,
        len(job.tasks),
        batch.job_dir,
        batch.array_id,
        batch.collect_id,
    )
