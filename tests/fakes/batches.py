"""Clusters and their batch jobs, in memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from application.ports.batch_repository import BatchJob, ClusterUser
from domain.cluster import BatchOptions, Cluster
from domain.errors import ClusterExists, ClusterInUse
from tests.fakes.kept_state import Batch, State


@dataclass
class FakeClusters:
    state: State

    def add(self, cluster: Cluster) -> Cluster:
        if cluster.name in self.state.clusters:
            raise ClusterExists(cluster.name)
        self.state.last_id += 1
        self.state.clusters[cluster.name] = replace(cluster, id=self.state.last_id)
        return self.state.clusters[cluster.name]

    def all(self) -> Sequence[Cluster]:
        return list(self.state.clusters.values())

    def remove(self, name: str) -> bool:
        found = self.state.clusters.get(name)
        if found and any(row.cluster_id == found.id for row in self.state.batches.values()):
            raise ClusterInUse(name)
        return self.state.clusters.pop(name, None) is not None


@dataclass
class FakeBatches:
    state: State

    def add(self, simulation_id: int, cluster_id: int, options: BatchOptions) -> None:
        start = self.state.jobs[simulation_id].start_time
        self.state.batches[simulation_id] = Batch(cluster_id, options, start)

    def due(self, now: datetime) -> Sequence[ClusterUser]:
        return self._users(key for key, row in self._open() if row.next_poll <= now)  # type: ignore[operator]

    def claim(self, whose: ClusterUser, now: datetime, until: datetime) -> Sequence[BatchJob]:
        mine = [(key, row) for key, row in self._open() if self._whose(key) == whose]
        due = [key for key, row in mine if row.next_poll <= now]  # type: ignore[operator]
        taken = [(key, row) for key, row in mine if key in due or row.array_id is not None]
        for _, row in taken if due else []:
            row.next_poll = until
        return [self._job(key) for key, _ in taken] if due else []

    def claim_new(self, simulation_id: int, now: datetime, until: datetime) -> BatchJob | None:
        row = self.state.batches.get(simulation_id)
        if row is None or row.array_id is not None or row.next_poll is None:
            return None
        if row.next_poll > now:
            return None
        row.next_poll = until
        return self._job(simulation_id)

    def get(self, simulation_id: int) -> BatchJob | None:
        return self._job(simulation_id) if simulation_id in self.state.batches else None

    def attempted(self, simulation_id: int) -> None:
        self.state.batches[simulation_id].attempts += 1

    def submitted(self, simulation_id: int, job_dir: str, array_id: int, collect_id: int) -> None:
        row = self.state.batches[simulation_id]
        row.job_dir, row.array_id, row.collect_id = job_dir, array_id, collect_id
        row.has_folder = True

    def asked(self, simulation_ids: Sequence[int], now: datetime) -> None:
        for key in simulation_ids:
            self.state.batches[key].asked = now

    def schedule(self, whose: ClusterUser, when: datetime) -> None:
        for key, row in self._open():
            if self._whose(key) == whose and row.array_id is not None:
                row.next_poll = when

    def put_off(self, simulation_id: int, when: datetime) -> None:
        row = self.state.batches.get(simulation_id)
        if row and row.next_poll:
            row.next_poll = when

    def last_asked(self, whose: ClusterUser) -> datetime | None:
        asked = [row.asked for key, row in self._open() if self._whose(key) == whose and row.asked]
        return max(asked, default=None)

    def is_open(self, simulation_id: int) -> bool:
        return any(key == simulation_id for key, _ in self._open())

    def close(self, simulation_id: int) -> None:
        self.state.batches[simulation_id].next_poll = None

    def expired(self, ended_before: datetime) -> Sequence[ClusterUser]:
        return self._users(self._expired(ended_before))

    def swept(self, whose: ClusterUser, ended_before: datetime) -> None:
        for key in self._expired(ended_before):
            if self._whose(key) == whose:
                self.state.batches[key].has_folder = False

    def open_job_ids(self, whose: ClusterUser) -> Sequence[str]:
        return [self.state.jobs[key].job_id for key, _ in self._open() if self._whose(key) == whose]

    def _open(self) -> list[tuple[int, Batch]]:
        return [(key, row) for key, row in self.state.batches.items() if row.next_poll]

    def _expired(self, ended_before: datetime) -> list[int]:
        def old(key: int, row: Batch) -> bool:
            end = self.state.jobs[key].end_time
            return row.next_poll is None and row.has_folder and bool(end and end < ended_before)

        return [key for key, row in self.state.batches.items() if old(key, row)]

    def _whose(self, key: int) -> ClusterUser:
        return ClusterUser(self.state.jobs[key].user_id, self.state.batches[key].cluster_id)

    def _users(self, keys: Iterable[int]) -> Sequence[ClusterUser]:
        found = {self._whose(key) for key in keys}
        return sorted(found, key=lambda whose: (whose.user_id, whose.cluster_id))

    def _job(self, key: int) -> BatchJob:
        row = self.state.batches[key]
        place = next(item for item in self.state.clusters.values() if item.id == row.cluster_id)
        return BatchJob(
            self.state.jobs[key], place, row.options, row.job_dir,
            row.array_id, row.collect_id, row.attempts, row.asked,
        )  # fmt: skip
