"""Clusters and batch jobs, as they are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.cluster import BatchOptions, Cluster
from domain.job import Job


@dataclass(frozen=True, slots=True)
class BatchJob:
    """A job on a cluster; `job_dir` and the ids are known once it was submitted.

    `attempts` counts the tries to submit it, `asked` is when the cluster last answered.
    """

    job: Job
    cluster: Cluster
    options: BatchOptions
    job_dir: str | None = None
    array_id: int | None = None
    collect_id: int | None = None
    attempts: int = 0
    asked: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClusterUser:
    """One user on one cluster: whose jobs are asked about together."""

    user_id: int
    cluster_id: int


class ClusterRepository(Protocol):
    """Clusters by name."""

    def add(self, cluster: Cluster) -> Cluster:
        """Add a cluster; return it with its id. ClusterExists if the name is taken."""
        ...

    def all(self) -> Sequence[Cluster]:
        """Return all clusters in the order they were added."""
        ...

    def remove(self, name: str) -> bool:
        """Remove a cluster; False if there is none. ClusterInUse while jobs refer to it."""
        ...


class BatchRepository(Protocol):
    """Batch jobs. A job is *open* until nothing of it is left to do on its cluster."""

    def add(self, simulation_id: int, cluster_id: int, options: BatchOptions) -> None:
        """Note where a stored job is to run; it is due at once."""
        ...

    def due(self, now: datetime) -> Sequence[ClusterUser]:
        """Return the users and clusters with an open job whose time has come."""
        ...

    def claim(self, whose: ClusterUser, now: datetime, until: datetime) -> Sequence[BatchJob]:
        """Take the open jobs of a user on a cluster until then, with their tasks.

        Empty when none of them is due: somebody else has taken them. One that was not submitted
        yet and is not due is being submitted now, and left out.
        """
        ...

    def claim_new(self, simulation_id: int, now: datetime, until: datetime) -> BatchJob | None:
        """Take one open job that was not submitted yet, if it is due."""
        ...

    def get(self, simulation_id: int) -> BatchJob | None:
        """Return a batch job, None if there is none (any more)."""
        ...

    def attempted(self, simulation_id: int) -> None:
        """Count one more try to submit, before it is made."""
        ...

    def submitted(self, simulation_id: int, job_dir: str, array_id: int, collect_id: int) -> None:
        """Note what the cluster calls a job."""
        ...

    def asked(self, simulation_ids: Sequence[int], now: datetime) -> None:
        """Note that the cluster has answered about these jobs."""
        ...

    def schedule(self, whose: ClusterUser, when: datetime) -> None:
        """Set when all open jobs that a user has submitted to a cluster are due next."""
        ...

    def put_off(self, simulation_id: int, when: datetime) -> None:
        """Set when one open job is due next."""
        ...

    def last_asked(self, whose: ClusterUser) -> datetime | None:
        """Return when a cluster last answered about a user's open jobs, if ever."""
        ...

    def is_open(self, simulation_id: int) -> bool:
        """Say whether this is a batch job that is still open; False for a direct job."""
        ...

    def close(self, simulation_id: int) -> None:
        """Note that nothing of a job is left to do on its cluster."""
        ...

    def expired(self, ended_before: datetime) -> Sequence[ClusterUser]:
        """Return users and clusters where folders of closed jobs that old were not removed yet."""
        ...

    def swept(self, whose: ClusterUser, ended_before: datetime) -> None:
        """Note that the folders of a user's closed jobs that old are gone."""
        ...

    def open_job_ids(self, whose: ClusterUser) -> Sequence[str]:
        """Return the job ids of a user's open jobs on a cluster."""
        ...
