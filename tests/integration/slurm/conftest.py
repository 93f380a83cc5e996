"""One cluster for all tests of a session's worker, and ways into it."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import pytest

from adapters.auth.ssh_certificates import OpenSshCertificateReader
from adapters.clock.system import SystemClock
from adapters.executors.slurm_ssh.clusters import SlurmClusters
from application.ports.batch_clusters import Account, BatchOrder, RemoteJob
from application.ports.batch_recipe import BatchRecipe
from application.ports.ssh_credentials import SshKeyPair
from domain.batch import RemoteStatus
from domain.cluster import BatchOptions, Cluster
from domain.errors import ClusterUnreachable
from tests.integration.servers.openssh import SshServer
from tests.integration.servers.openssh import account as os_account
from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster

# Runs for a while if its input says so, tells its progress, fails if it is told to.
STAND_IN = """#!/usr/bin/env python3
import os, sys, time
words = open("in.txt").read().split()
print("seed", sys.argv[1], flush=True)
for done in range(0, 101, 10):
    print("done", done, flush=True)
    while "wait" in words and not os.path.exists("../../go"):
        time.sleep(0.05)
    if "sleep" in words:
        time.sleep(0.05)
if "fail" + sys.argv[1] in words:
    sys.exit("it was told to fail")
with open("out.txt", "w") as file:
    file.write("result of " + sys.argv[1])
"""

RECIPE = BatchRecipe(["stand-in", "{seed}"], [r"^done (?P<done>\d+)"], required=["out.txt"])


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    cluster = SlurmCluster()
    try:
        cluster.install("stand-in", STAND_IN)
        yield cluster
    finally:
        cluster.stop()


def cluster_of(slurm: SlurmCluster, **changes: object) -> Cluster:
    """Return how the cluster is registered."""
    values: dict[str, object] = {
        "name": "test",
        "host": "127.0.0.1",
        "port": slurm.ssh.port,
        "login": os_account(),
        "host_key": slurm.ssh.host_key,
        "poll_seconds": 0.5,
        "id": 1,
    }
    return Cluster(**{**values, **changes})  # type: ignore[arg-type]


def certified(login: SshServer, name: str = "ann", **changes: str) -> SshKeyPair:
    """Return the key and certificate of a user of a login node; `changes` as for certificates."""
    given = {"principal": f"{os_account()},{name}", **changes}
    certificate = login.keys.certificate(name, **given)
    return SshKeyPair(certificate, login.keys.make(name))


@pytest.fixture(scope="session")
def ann(slurm: SlurmCluster) -> Account:
    return Account(1, "ann", cluster_of(slurm), certified(slurm.ssh))


def connect() -> SlurmClusters:
    """Return what our helper worker reaches clusters with."""
    return SlurmClusters(None, OpenSshCertificateReader(), SystemClock())


@pytest.fixture
def clusters() -> Iterator[SlurmClusters]:
    made = connect()
    yield made
    made.close()


def make_order(words: str = "", ntasks: int = 2, **changes: object) -> BatchOrder:
    """Return an order in which `words` tell the stand-in what to do."""
    values: dict[str, object] = {
        "job_id": f"20260301-120000-{uuid4()}BATCH",
        "simulation_id": 7,
        "shares": [100] * ntasks,
        "shared": {"in.txt": words.encode()},
        "own": {index: {"own.txt": b"%d" % index} for index in range(1, ntasks + 1)},
        "recipe": RECIPE,
        "options": BatchOptions({"time": "5"}, {"time": "5"}),
        "backend_url": "",
        "update_key": "secret",
    }
    return BatchOrder(**{**values, **changes})  # type: ignore[arg-type]


def wait_for_end(clusters: SlurmClusters, account: Account, job: RemoteJob) -> RemoteStatus:
    """Ask about a job until it is over, also while its cluster can't be asked; return the end."""
    seen: list[RemoteStatus] = []

    def is_over() -> bool:
        with suppress(ClusterUnreachable):
            seen.append(clusters.poll(account, [job])[job.simulation_id])
        return bool(seen) and seen[-1].is_over

    wait_until(is_over, "the end of the job", pause=0.1, progress=lambda: seen[-1:])
    return seen[-1]
