"""What the fakes keep, in memory."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from application.ports.job_repository import JobInput
from application.ports.result_repository import StoredEstimator
from application.ports.worker_registry import SeenWorker
from domain.cluster import BatchOptions, Cluster
from domain.job import Job
from domain.states import EntityState
from domain.users import User

LIVE = (EntityState.PENDING, EntityState.RUNNING)


@dataclass
class Attempts:
    """Attempts at one account from one address."""

    failures: int
    window_start: datetime
    last_success: datetime | None = None


@dataclass
class KeptSession:
    """A session's row."""

    user_id: int
    expires: datetime
    ends: datetime | None = None
    generation: int = 0
    replaced: int = 0
    renewed: datetime | None = None
    signed_out: bool = False

    def is_open(self, user_id: int, now: datetime) -> bool:
        return self.user_id == user_id and self.expires > now and not self.signed_out


@dataclass
class Batch:
    """A batch job's row."""

    cluster_id: int
    options: BatchOptions
    next_poll: datetime | None
    job_dir: str | None = None
    array_id: int | None = None
    collect_id: int | None = None
    attempts: int = 0
    asked: datetime | None = None
    has_folder: bool = False


@dataclass
class State:
    """What a transaction changes and a rollback restores."""

    users: dict[int, User] = field(default_factory=dict)
    sessions: dict[str, KeptSession] = field(default_factory=dict)
    jobs: dict[int, Job] = field(default_factory=dict)
    inputs: dict[int, JobInput] = field(default_factory=dict)
    claims: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: dict[int, dict[str, Any]] = field(default_factory=dict)
    estimators: dict[int, dict[str, StoredEstimator]] = field(default_factory=dict)
    logs: dict[int, dict[str, str]] = field(default_factory=dict)
    keys: dict[tuple[int, str], tuple[int, str]] = field(default_factory=dict)
    attempts: dict[tuple[str, str], Attempts] = field(default_factory=dict)
    clusters: dict[str, Cluster] = field(default_factory=dict)
    batches: dict[int, Batch] = field(default_factory=dict)
    workers: dict[str, SeenWorker] = field(default_factory=dict)
    last_id: int = 0
