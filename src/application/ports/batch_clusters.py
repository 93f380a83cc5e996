"""Slurm clusters, as far as a batch job needs them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from application.ports.batch_recipe import BatchRecipe
from application.ports.simulator import InputFiles
from application.ports.ssh_credentials import SshKeyPair
from domain.batch import RemoteStatus
from domain.cluster import BatchOptions, Cluster


@dataclass(frozen=True, slots=True)
class Account:
    """A user's way into a cluster; nobody else's connection is ever used for it."""

    user_id: int
    username: str
    cluster: Cluster
    key: SshKeyPair

    @property
    def login(self) -> str:
        """Name of the account on the cluster."""
        return self.cluster.account_of(self.username)


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """A job to be run as an array of one element per task.

    `shares` are the primaries of each task in order. Every task gets the files of `shared` and
    those of its own in `own`. `backend_url` and `update_key` are for nodes that reach us.
    `merging` is our code for clusters that can merge, empty if none is to try; it wants the name of
    the simulator and the job's own `files`.
    """

    job_id: str
    simulation_id: int
    shares: Sequence[int]
    shared: InputFiles
    own: Mapping[int, InputFiles]
    recipe: BatchRecipe
    options: BatchOptions
    backend_url: str
    update_key: str = field(repr=False)
    sim_type: str = ""
    files: InputFiles = field(default_factory=dict)
    merging: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A job as the cluster knows it: its folder there and the ids of its two jobs."""

    simulation_id: int
    job_id: str
    ntasks: int
    job_dir: str
    array_id: int
    collect_id: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a cluster's examination, and what was found or went wrong."""

    title: str
    passed: bool
    detail: str = ""


class BatchClusters(Protocol):
    """Sends jobs to clusters and follows them there.

    Every method that asks a cluster raises ClusterUnreachable when it could not be asked (nothing
    is known then: it may have done what it was asked for), ClusterRefused, with the cluster's own
    words, when it said no, and CredentialsUnusable when the user's key can't be used (any more).
    """

    def check(self, account: Account) -> None:
        """Refuse a key that can't be used, without asking the cluster."""
        ...

    def options(self, field: str, header: str, options: Mapping[str, object]) -> dict[str, str]:
        """Return the options of a script header and of a table, which win over the header's.

        InvalidInput names `field` and the option or line that is not one or not allowed.
        """
        ...

    def submit(self, account: Account, order: BatchOrder, again: bool) -> RemoteJob:
        """Submit a job; `again`, after a try whose end is unknown, looks for it first."""
        ...

    def find(self, account: Account, job_id: str, ntasks: int) -> RemoteJob | None:
        """Find a job by its name; its simulation_id is unknown to the cluster and is 0."""
        ...

    def poll(self, account: Account, jobs: Sequence[RemoteJob]) -> Mapping[int, RemoteStatus]:
        """Ask once about all `jobs` of one account; answers by simulation_id."""
        ...

    def fetch(self, account: Account, job: RemoteJob, folder: Path, repack: bool = False) -> None:
        """Bring the outputs of all tasks that completed into `folder`/INDEX/ (four digits).

        `repack` has them collected anew, for those that were not there the first time.
        """
        ...

    def merged(self, account: Account, job: RemoteJob) -> bytes | None:
        """Return what the cluster has merged of a job, as JSON text; None if it has not.

        That is the body of POST results without the key, with `merged` (the indices of the tasks in
        it), `rejected` (logs of those left out, by index) and `logs` (those of the others).
        """
        ...

    def cancel(self, account: Account, jobs: Sequence[RemoteJob]) -> None:
        """Have the cluster stop what it still has of `jobs`; repeatable."""
        ...

    def remove(self, account: Account, job: RemoteJob) -> None:
        """Remove a job's folder; repeatable."""
        ...

    def sweep(self, account: Account, days: float, keep: Sequence[str]) -> None:
        """Remove all folders of jobs older than `days`, except those of the job ids in `keep`."""
        ...

    def examine(self, account: Account) -> Iterator[Step]:
        """Walk through everything a job needs, ending with the first step that fails."""
        ...

    def close(self) -> None:
        """Close all connections."""
        ...

    def close_idle(self) -> None:
        """Close connections that nobody used for a while."""
        ...
