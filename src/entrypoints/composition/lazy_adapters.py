"""Makes adapters whose libraries take long to load, and loads those only then.

Each process is started often and needs few of them: a command that lists users has no use for SSH,
a simulation worker none for Keycloak.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path

from application.clusters.take_merged_results import MergedThere
from application.ports.batch_clusters import BatchClusters
from application.ports.batch_recipe import BatchRecipes
from application.ports.clock import Clock
from application.ports.ssh_certificates import SshCertificateReader
from application.ports.task_queue import TaskQueue
from entrypoints.composition.simulators import make_simulators


def make_queue(address: str) -> TaskQueue:
    """Return the queue on the broker at an address."""
    from adapters.queue.task_queue import HueyTaskQueue

    return HueyTaskQueue(address)


def make_clusters(
    known_hosts: Path | None, certificates: SshCertificateReader, clock: Clock
) -> BatchClusters:
    """Return what submits to Slurm clusters over SSH."""
    from adapters.executors.slurm_ssh.clusters import SlurmClusters

    return SlurmClusters(known_hosts, certificates, clock)


def make_recipes() -> Mapping[str, BatchRecipes]:
    """Return how each simulator is run on a cluster."""
    from entrypoints.composition.batch_recipes import RECIPES

    return RECIPES


def load_shared() -> None:
    """Load what every web process uses, once for all of them: before they are forked."""
    for name in ("adapters.queue.task_queue", "adapters.executors.slurm_ssh.clusters"):
        import_module(name)
    make_recipes()
    make_simulators(Path())


def read_merged(text: bytes) -> MergedThere:
    """Read what a cluster has merged, as the API reads results."""
    from adapters.http.results.merged_results import read_merged as read

    return read(text)
