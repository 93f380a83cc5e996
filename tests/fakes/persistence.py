"""Everything that is kept, in memory; held to the same contract as the databases."""

import copy
import threading
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from application.ports.batch_repository import BatchJob, ClusterUser
from application.ports.job_repository import (
    JobInput,
    JobOutline,
    JobQuery,
    JobWork,
    LostWork,
    StateCounts,
    SubmissionKey,
)
from application.ports.login_attempts import AttemptTally
from application.ports.result_repository import EstimatorTitle, PageTitle, StoredEstimator
from application.ports.worker_registry import SeenWorker, WorkerNote
from domain.cluster import BatchOptions, Cluster
from domain.errors import (
    ClusterExists,
    ClusterInUse,
    JobNotFound,
    SubmissionKeyTaken,
    UnknownSimulation,
    UserExists,
)
from domain.job import Job, Platform, Task, TaskReport, TaskTally
from domain.states import PREDECESSORS, EntityState
from domain.users import KeycloakUser, LocalUser, SshCredentials, User
from tests.fakes.administration import FakeJobOverview, FakeUsageReport, FakeUserDirectory

Kind = TypeVar("Kind", LocalUser, KeycloakUser)
LIVE = (EntityState.PENDING, EntityState.RUNNING)


@dataclass
class Attempts:
    """Attempts at one account from one address."""

    failures: int
    window_start: datetime
    last_success: datetime | None = None


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
    sessions: dict[str, tuple[int, datetime]] = field(default_factory=dict)
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


class FakeStore:
    """Makes units of work on one state; `committed` counts commits."""

    def __init__(self) -> None:
        self.state = State()
        self.lock = threading.RLock()
        self.committed = 0

    def __call__(self, *, read_only: bool = False, one_change: bool = False) -> "FakeUnitOfWork":
        return FakeUnitOfWork(self)


class FakeUnitOfWork:
    def __init__(self, store: FakeStore) -> None:
        self._store = store

    def __enter__(self) -> Self:
        self._store.lock.acquire()
        self._before = copy.deepcopy(self._store.state)
        return self

    def commit(self) -> None:
        self._store.committed += 1
        self._before = copy.deepcopy(self._store.state)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._store.state = self._before
        self._store.lock.release()

    @property
    def users(self) -> "FakeUsers":
        return FakeUsers(self._store.state)

    @property
    def overview(self) -> FakeJobOverview:
        return FakeJobOverview(self._store.state)

    @property
    def directory(self) -> FakeUserDirectory:
        return FakeUserDirectory(self._store.state)

    @property
    def statistics(self) -> FakeUsageReport:
        return FakeUsageReport(self._store.state)

    @property
    def attempts(self) -> "FakeLoginAttempts":
        return FakeLoginAttempts(self._store.state)

    @property
    def workers(self) -> "FakeWorkerRegistry":
        return FakeWorkerRegistry(self._store.state)

    @property
    def jobs(self) -> "FakeJobs":
        return FakeJobs(self._store.state)

    @property
    def results(self) -> "FakeResults":
        return FakeResults(self._store.state)

    @property
    def clusters(self) -> "FakeClusters":
        return FakeClusters(self._store.state)

    @property
    def batches(self) -> "FakeBatches":
        return FakeBatches(self._store.state)


@dataclass
class FakeUsers:
    state: State

    def add_local(self, username: str, password_hash: str) -> LocalUser:
        if self.local_by_name(username):
            raise UserExists(username)
        self.state.last_id += 1
        user = LocalUser(self.state.last_id, username, password_hash)
        self.state.users[user.id] = user
        return user

    def local_by_name(self, username: str) -> LocalUser | None:
        return self._named(LocalUser, username)

    def ensure_keycloak(self, username: str) -> KeycloakUser:
        user = self._named(KeycloakUser, username)
        if user is None:
            self.state.last_id += 1
            user = KeycloakUser(self.state.last_id, username)
            self.state.users[user.id] = user
        return user

    def set_ssh(
        self, user_id: int, ssh: SshCredentials | None, instead_of: SshCredentials | None = None
    ) -> bool:
        user = self.state.users.get(user_id)
        if not isinstance(user, KeycloakUser) or instead_of not in (None, user.ssh):
            return False
        self.state.users[user_id] = replace(user, ssh=ssh)
        return True

    def with_ssh(self) -> Sequence[KeycloakUser]:
        users = self.state.users.values()
        return [u for u in users if isinstance(u, KeycloakUser) and u.ssh is not None]

    def _named(self, kind: type[Kind], username: str) -> Kind | None:
        users = self.state.users.values()
        return next((u for u in users if isinstance(u, kind) and u.username == username), None)

    def by_id(self, user_id: int) -> User | None:
        return self.state.users.get(user_id)

    def set_password(self, user_id: int, password_hash: str) -> None:
        self.state.users[user_id] = replace(self.state.users[user_id], password_hash=password_hash)

    def start_session(self, user_id: int, session_id: str, expires: datetime) -> None:
        self.state.sessions[session_id] = (user_id, expires)

    def session_is_open(self, user_id: int, session_id: str, now: datetime) -> bool:
        owner, expires = self.state.sessions.get(session_id, (None, now))
        return owner == user_id and expires > now

    def of_session(self, user_id: int, session_id: str, now: datetime) -> User | None:
        is_open = self.session_is_open(user_id, session_id, now)
        return self.by_id(user_id) if is_open else None

    def forget_sessions(self, before: datetime) -> None:
        kept = {key: item for key, item in self.state.sessions.items() if item[1] >= before}
        self.state.sessions = kept

    def extend_session(
        self, user_id: int, session_id: str, now: datetime, expires: datetime
    ) -> bool:
        if not self.session_is_open(user_id, session_id, now):
            return False
        self.state.sessions[session_id] = (user_id, expires)
        return True

    def end_session(self, user_id: int, session_id: str) -> None:
        if self.state.sessions.get(session_id, (None,))[0] == user_id:
            del self.state.sessions[session_id]


@dataclass
class FakeLoginAttempts:
    state: State

    def tally(self, account: str, address: str, since: datetime) -> AttemptTally:
        recent = {
            key: item
            for key, item in self.state.attempts.items()
            if item.failures and item.window_start >= since
            if account == key[0] or address == key[1]
        }
        pair = self.state.attempts.get((account, address))
        return AttemptTally(
            sum(item.failures for key, item in recent.items() if key == (account, address)),
            sum(item.failures for key, item in recent.items() if key[0] == account),
            sum(item.failures for key, item in recent.items() if key[1] == address),
            min((item.window_start for item in recent.values()), default=None),
            pair.last_success if pair else None,
        )

    def count(self, account: str, address: str, now: datetime, since: datetime) -> None:
        found = self.state.attempts.setdefault((account, address), Attempts(0, now))
        if found.window_start < since:
            found.failures, found.window_start = 0, now
        found.failures += 1

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        self.state.attempts[account, address] = Attempts(0, now, now)

    def forget(self, failed_before: datetime, succeeded_before: datetime) -> None:
        self.state.attempts = {
            key: item
            for key, item in self.state.attempts.items()
            if item.window_start >= failed_before
            or (item.last_success is not None and item.last_success >= succeeded_before)
        }


@dataclass
class FakeJobs:
    state: State

    def add(self, job: Job, job_input: JobInput, submitted: SubmissionKey | None = None) -> Job:
        self.state.last_id += 1
        if submitted and self.submitted_with(job.user_id, submitted.text):
            raise SubmissionKeyTaken(submitted.text)
        tasks = [replace(t, last_update=t.last_update or job.start_time) for t in job.tasks]
        version = 1 + len(tasks)
        stored = replace(job, simulation_id=self.state.last_id, tasks=tasks, version=version)
        if submitted:
            key = (job.user_id, submitted.text)
            self.state.keys[key] = (stored.simulation_id, submitted.digest)
        self.state.jobs[stored.simulation_id] = stored
        self.state.inputs[stored.simulation_id] = job_input
        return stored

    def submitted_with(self, user_id: int, key: str) -> tuple[Job, str] | None:
        simulation_id, digest = self.state.keys.get((user_id, key), (0, ""))
        job = self.state.jobs.get(simulation_id)
        return None if job is None else (replace(job, tasks=[]), digest)

    def head(self, job_id: str) -> Job:
        return replace(self.by_job_id(job_id), tasks=[])

    def tasks_of(self, simulation_id: int) -> Sequence[Task]:
        job = self.state.jobs.get(simulation_id)
        return job.tasks if job else []

    def versions(self, simulation_ids: Sequence[int]) -> Mapping[int, int]:
        jobs = self.state.jobs
        return {key: jobs[key].version for key in simulation_ids if key in jobs}

    def counts(self) -> StateCounts:
        jobs = self.state.jobs.values()
        return StateCounts(
            Counter(job.state for job in jobs),
            Counter(task.state for job in jobs for task in job.tasks),
        )

    def by_job_id(self, job_id: str) -> Job:
        for job in self.state.jobs.values():
            if job.job_id == job_id:
                return job
        raise JobNotFound(job_id)

    def by_simulation_id(self, simulation_id: int) -> Job:
        if simulation_id not in self.state.jobs:
            raise UnknownSimulation(simulation_id)
        return self.state.jobs[simulation_id]

    def outlines(self, user_id: int, query: JobQuery) -> tuple[Sequence[JobOutline], int]:
        jobs = [
            job
            for job in self.state.jobs.values()
            if job.user_id == user_id and (not query.states or job.state in query.states)
        ]

        def order(job: Job) -> tuple[bool, float, int]:
            value = job.end_time if query.order_by == "end_time" else job.start_time
            return value is None, value.timestamp() if value else 0.0, job.simulation_id

        jobs.sort(key=order, reverse=query.descending)
        first = (query.page - 1) * query.page_size
        return [
            JobOutline(
                job.job_id, job.title, job.start_time, job.end_time, job.platform,
                job.input_type, job.sim_type, job.state,
            )
            for job in jobs[first : first + query.page_size]
        ], len(jobs)  # fmt: skip

    def sim_type_of(self, simulation_id: int) -> str:
        return self.by_simulation_id(simulation_id).sim_type

    def input_of(self, simulation_id: int) -> JobInput:
        if simulation_id not in self.state.inputs:
            raise UnknownSimulation(simulation_id)
        return self.state.inputs[simulation_id]

    def work_of(self, simulation_id: int) -> JobWork | None:
        if simulation_id not in self.state.inputs:
            return None
        job = self.by_simulation_id(simulation_id)
        return JobWork(job.sim_type, job.state, self.state.inputs[simulation_id].files)

    def claim_task(
        self, simulation_id: int, index: int, attempt: int, claim_id: str,
        now: datetime, lease_until: datetime,
    ) -> Task | None:  # fmt: skip
        task = self._task(simulation_id, index)
        key = (simulation_id, index)
        if task is None or task.attempt != attempt:
            return None
        if self.state.jobs[simulation_id].state not in LIVE:
            return None
        held = task.state is EntityState.RUNNING and self.state.claims.get(key) == claim_id
        if task.state is not EntityState.PENDING and not held:
            return None
        self.state.claims[key] = claim_id
        return self._put(
            simulation_id,
            replace(
                task,
                state=EntityState.RUNNING,
                start_time=task.start_time or now,
                last_update=now,
                lease_until=lease_until,
            ),
        )

    def start(self, simulation_id: int) -> None:
        self._move(simulation_id, EntityState.RUNNING, PREDECESSORS[EntityState.RUNNING], None)

    def apply_report(
        self, simulation_id: int, report: TaskReport, now: datetime, lease_until: datetime
    ) -> Task | None:
        task = self._task(simulation_id, report.index)
        if task is None or not task.accepts(report):
            return task
        after = task.apply(report, now)
        lease = None if after.state.is_terminal else lease_until
        return self._put(simulation_id, replace(after, lease_until=lease))

    def tally(self, simulation_id: int) -> TaskTally:
        job = self.state.jobs.get(simulation_id)
        return TaskTally.of(task.state for task in (job.tasks if job else ()))

    def move(
        self, simulation_id: int, to: EntityState, now: datetime,
        expected: frozenset[EntityState] | None = None,
    ) -> bool:  # fmt: skip
        allowed = PREDECESSORS[to] if expected is None else PREDECESSORS[to] & expected
        return self._move(simulation_id, to, allowed, now)

    def cancel(self, simulation_id: int, now: datetime) -> bool:
        if not self.move(simulation_id, EntityState.CANCELED, now):
            return False
        for task in self.state.jobs[simulation_id].tasks:
            self._put(simulation_id, task.canceled(now))
        return True

    def fail_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state.is_terminal:
            return False
        self._put(simulation_id, task.failed(now))
        return True

    def reject_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state is not EntityState.COMPLETED:
            return False
        if self.state.jobs[simulation_id].state not in LIVE:
            return False
        self._put(simulation_id, task.rejected(now))
        return True

    def retry_task(self, simulation_id: int, index: int, attempt: int, now: datetime) -> bool:
        task = self._task(simulation_id, index)
        if task is None or task.attempt != attempt or task.state.is_terminal:
            return False
        self.state.claims.pop((simulation_id, index), None)
        self._put(simulation_id, task.next_attempt(now))
        return True

    def release_task(
        self, simulation_id: int, index: int, attempt: int, claim_id: str, now: datetime
    ) -> Task | None:
        task, job = self._task(simulation_id, index), self.state.jobs.get(simulation_id)
        held = self.state.claims.get((simulation_id, index)) == claim_id
        if task is None or job is None or job.state not in LIVE or not held:
            return None
        if task.attempt != attempt or task.state.is_terminal:
            return None
        self.state.claims.pop((simulation_id, index))
        return self._put(simulation_id, task.next_attempt(now, lost=False))

    def next_turn(self, user_id: int) -> int:
        waiting = [
            (task.turn, job.user_id)
            for job in self.state.jobs.values()
            for task in job.tasks
            if task.state is EntityState.PENDING and task.turn is not None
        ]
        own = [turn + 1 for turn, owner in waiting if owner == user_id]
        return max([min([turn for turn, _ in waiting], default=0), *own])

    def claim_merge(
        self, simulation_id: int, claim_id: str, now: datetime, lease_until: datetime
    ) -> bool:
        job, merge = self.state.jobs.get(simulation_id), self.state.merges.get(simulation_id, {})
        if job is None:
            return False
        free = merge.get("claim") == claim_id or merge.get("lease", now) < now
        running = job.state is EntityState.MERGING_RUNNING and free
        if job.state is not EntityState.MERGING_QUEUED and not running:
            return False
        self._move(simulation_id, EntityState.MERGING_RUNNING, frozenset({job.state}), None)
        self.state.merges[simulation_id] = {**merge, "claim": claim_id, "lease": lease_until}
        return True

    def release_merge(self, simulation_id: int, claim_id: str, now: datetime) -> bool:
        return self.renew_merge(simulation_id, claim_id, now - timedelta(seconds=1))

    def renew_merge(self, simulation_id: int, claim_id: str, lease_until: datetime) -> bool:
        job, merge = self.state.jobs.get(simulation_id), self.state.merges.get(simulation_id, {})
        if job is None or job.state is not EntityState.MERGING_RUNNING:
            return False
        if merge.get("claim") != claim_id:
            return False
        merge["lease"] = lease_until
        return True

    def lost_tasks(
        self, now: datetime, pending_since: datetime, beyond: datetime
    ) -> Sequence[LostWork]:
        def lost(task: Task) -> bool:
            if task.state is EntityState.RUNNING:
                return task.lease_until is not None and not now <= task.lease_until <= beyond
            waits = task.state is EntityState.PENDING and task.last_update is not None
            return waits and not pending_since <= task.last_update <= beyond  # type: ignore[operator]

        found = [
            LostWork(replace(job, tasks=[]), [task for task in job.tasks if lost(task)])
            for job in self.state.jobs.values()
            if job.state in LIVE and job.platform is Platform.DIRECT
        ]
        return [item for item in found if item.tasks]

    def unsettled(self) -> Sequence[int]:
        return [
            job.simulation_id
            for job in self.state.jobs.values()
            if job.state in LIVE and job.tasks and all(t.state.is_terminal for t in job.tasks)
        ]

    def lost_merges(
        self, now: datetime, queued_before: datetime, beyond: datetime
    ) -> Sequence[int]:
        def lost(job: Job) -> bool:
            merge = self.state.merges.get(job.simulation_id, {})
            if job.state is EntityState.MERGING_QUEUED:
                return "enqueued" not in merge or not queued_before <= merge["enqueued"] <= beyond
            running = job.state is EntityState.MERGING_RUNNING
            return running and not now <= merge["lease"] <= beyond

        return [job.simulation_id for job in self.state.jobs.values() if lost(job)]

    def touch(self, simulation_id: int, indices: Sequence[int], now: datetime) -> None:
        for task in self.state.jobs[simulation_id].tasks:
            if task.index in indices and task.state is EntityState.PENDING:
                self._put(simulation_id, replace(task, last_update=now))

    def touch_merge(self, simulation_id: int, now: datetime) -> None:
        self.state.merges.setdefault(simulation_id, {})["enqueued"] = now

    def partial_tasks(self, simulation_id: int) -> int:
        return int(self.state.merges.get(simulation_id, {}).get("partial", 0))

    def ask_for_partial(
        self, simulation_id: int, tasks: int, now: datetime, not_since: datetime
    ) -> bool:
        merge = self.state.merges.setdefault(simulation_id, {})
        asked = merge.get("asked")
        if not self._newer(simulation_id, tasks) or (asked is not None and asked >= not_since):
            return False
        merge["asked"] = now
        return True

    def keep_partial(self, simulation_id: int, tasks: int) -> bool:
        if not self._newer(simulation_id, tasks):
            return False
        self.state.merges.setdefault(simulation_id, {})["partial"] = tasks
        job = self.state.jobs[simulation_id]
        self.state.jobs[simulation_id] = replace(job, version=job.version + 1)
        return True

    def _newer(self, simulation_id: int, tasks: int) -> bool:
        job = self.state.jobs.get(simulation_id)
        ended = (EntityState.COMPLETED, EntityState.FAILED)
        if job is None or job.state in ended:
            return False
        return self.partial_tasks(simulation_id) < tasks

    def remove(self, simulation_id: int) -> None:
        for kept in (
            self.state.jobs, self.state.inputs, self.state.estimators, self.state.logs,
            self.state.batches,
        ):  # fmt: skip
            kept.pop(simulation_id, None)  # type: ignore[attr-defined]

    def _task(self, simulation_id: int, index: int) -> Task | None:
        job = self.state.jobs.get(simulation_id)
        return next((task for task in (job.tasks if job else ()) if task.index == index), None)

    def _put(self, simulation_id: int, task: Task) -> Task:
        job = self.state.jobs[simulation_id]
        tasks = [task if item.index == task.index else item for item in job.tasks]
        self.state.jobs[simulation_id] = replace(job, tasks=tasks, version=job.version + 1)
        return task

    def _move(
        self, simulation_id: int, to: EntityState, allowed: frozenset[EntityState],
        now: datetime | None,
    ) -> bool:  # fmt: skip
        job = self.state.jobs.get(simulation_id)
        if job is None or job.state not in allowed:
            return False
        end = max(job.start_time, now) if to.is_terminal and now else job.end_time
        version = job.version + 1
        self.state.jobs[simulation_id] = replace(job, state=to, end_time=end, version=version)
        return True


@dataclass
class FakeResults:
    state: State

    def store(self, simulation_id: int, estimators: Sequence[StoredEstimator]) -> None:
        self.state.estimators[simulation_id] = {item.name: item for item in estimators}

    def titles(self, simulation_id: int) -> Sequence[EstimatorTitle]:
        return [
            EstimatorTitle(
                item.name,
                item.metadata,
                [PageTitle(p.number, p.name, p.dimensions, len(p.body)) for p in item.pages],
            )
            for item in self.state.estimators.get(simulation_id, {}).values()
        ]

    def page_bodies(
        self, simulation_id: int, estimator_name: str, numbers: Collection[int]
    ) -> Sequence[bytes]:
        item = self.state.estimators.get(simulation_id, {}).get(estimator_name)
        pages = sorted(item.pages, key=lambda page: page.number) if item else []
        return [bytes(page.body) for page in pages if page.number in numbers]

    def add_logs(self, simulation_id: int, logs: Mapping[str, str]) -> None:
        self.state.logs.setdefault(simulation_id, {}).update(logs)

    def logs(self, simulation_id: int) -> Mapping[str, str]:
        return dict(sorted(self.state.logs.get(simulation_id, {}).items()))


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


class FakeWorkerRegistry:
    def __init__(self, state: State) -> None:
        self.state = state

    def put(self, note: WorkerNote, now: datetime) -> None:
        self.state.workers[note.worker] = SeenWorker(note, now)

    def seen_since(self, moment: datetime) -> list[SeenWorker]:
        found = sorted(self.state.workers.items())
        return [item for _, item in found if item.seen >= moment]

    def forget_before(self, moment: datetime) -> None:
        kept = {name: item for name, item in self.state.workers.items() if item.seen >= moment}
        self.state.workers = kept
