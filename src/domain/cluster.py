"""Slurm clusters, and what a batch job asks of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_CLUSTER = "default"
"""The cluster name by which a submission leaves the choice to us."""


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """Options of sbatch by their long names, for the array job and for the collect job.

    An option that takes no value, such as `exclusive`, has an empty one.
    """

    array: Mapping[str, str] = field(default_factory=dict)
    collect: Mapping[str, str] = field(default_factory=dict)

    def over(self, defaults: "BatchOptions") -> "BatchOptions":
        """Return these options, completed by `defaults` where they say nothing."""
        return BatchOptions({**defaults.array, **self.array}, {**defaults.collect, **self.collect})


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Slurm cluster that jobs may be sent to, by way of its login node.

    `login` is the account to sign in to, in which `{user}` stands for the user's name with us.
    `host_key` is a public key as in a known_hosts file (`ssh-ed25519 AAAA…`); without one only
    the known hosts of the installation count. `work_dir` may begin with a variable of the user's
    shell on the cluster. `set_up` are lines of shell that make the simulators and Python
    available on its nodes. It is asked about jobs no more often than every `poll_seconds`.
    """

    name: str
    host: str
    port: int = 22
    login: str = "{user}"
    host_key: str = ""
    work_dir: str = "$SCRATCH/yaptide"
    set_up: str = ""
    poll_seconds: float = 10.0
    options: BatchOptions = field(default_factory=BatchOptions)
    id: int = 0

    def account_of(self, username: str) -> str:
        """Return the name of a user's account on this cluster."""
        return self.login.replace("{user}", username)
