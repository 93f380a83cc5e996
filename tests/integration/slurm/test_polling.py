"""How much a cluster is asked: counted on its login node, whose commands and logins leave a line."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from application.submit_batch_job import BatchWish
from application.submit_job import Submission
from domain.users import KeycloakUser
from entrypoints.cluster_rounds import ClusterRounds
from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.slurm.conftest import cluster_of
from tests.integration.slurm.installation import PROJECT, Installation

USERS = [f"user{number}" for number in range(10)]
JOBS_EACH = 5
POLL_SECONDS = 1.0
NOT_KNOWN = 4_000_000
"""Beyond all ids of this cluster: squeue knows nothing of such a job, so sacct is asked too."""


@pytest.fixture
def installation(tmp_path: Path, slurm: SlurmCluster) -> Iterator[Installation]:
    cluster = cluster_of(slurm, poll_seconds=POLL_SECONDS)
    made = Installation(tmp_path, slurm, [cluster])
    yield made
    made.stop()


def submit(installation: Installation, user: KeycloakUser) -> int:
    """Store a job that its cluster will keep waiting; return its simulation_id."""
    wish = BatchWish(array_options={"begin": "now+1hour"})
    made = installation.container.submit_batch_job()(
        user, Submission("shieldhit", 1, project=PROJECT), wish
    )
    return made.job.simulation_id


def forget(installation: Installation, simulation_id: int) -> None:
    """Give a submitted job a number that has left the queue."""
    with installation.container.unit_of_work() as work:
        batch = work.batches.get(simulation_id)
        assert batch is not None
        assert batch.job_dir is not None
        work.batches.submitted(simulation_id, batch.job_dir, NOT_KNOWN, NOT_KNOWN + 1)
        work.commit()


def ports(slurm: SlurmCluster) -> list[str]:
    """Return for each time squeue was called the client's port of the connection it came over."""
    return [line.split()[2] for line in slurm.calls("squeue")]


def moments(slurm: SlurmCluster, command: str, connected: dict[str, str]) -> dict[str, list[float]]:
    """Return when a command was called, by the user whose connection it came over."""
    found: dict[str, list[float]] = defaultdict(list)
    for line in slurm.calls(command):
        moment, _, port, *_ = line.split()
        if port in connected:
            found[connected[port]].append(float(moment))
    return found


def test_fifty_jobs_of_ten_users_cost_a_connection_each_and_one_question_an_interval(
    slurm: SlurmCluster, installation: Installation
) -> None:
    users = [installation.user(name) for name in USERS]
    jobs = {user.username: [submit(installation, user) for _ in range(JOBS_EACH)] for user in users}
    before = len(slurm.ssh.log())
    rounds = ClusterRounds(installation.container)
    rounds.start()
    try:
        wait_until(lambda: all_submitted(installation, jobs), 120, "50 jobs", 0.25)
        for simulation_ids in jobs.values():
            forget(installation, simulation_ids[0])
        asked = Counter(ports(slurm))

        def each_asked_again() -> bool:
            calls = Counter(ports(slurm)) - asked
            return len(calls) == len(USERS) and min(calls.values()) >= 3

        wait_until(each_asked_again, 120, "three questions of each user", 0.25)
    finally:
        installation.container.stopping().set()
        rounds.close()
    connected = slurm.ssh.connections(before)
    assert Counter(connected.values()) == Counter(USERS), "one connection of each user"
    for command in ("squeue", "sacct"):
        calls = moments(slurm, command, connected)
        assert set(calls) == set(USERS)
        for times in calls.values():
            pauses = [later - earlier for earlier, later in pairwise(times)]
            assert min(pauses) >= POLL_SECONDS, (command, times)


def all_submitted(installation: Installation, jobs: dict[str, list[int]]) -> bool:
    with installation.container.unit_of_work(read_only=True) as work:
        known = [work.batches.get(number) for numbers in jobs.values() for number in numbers]
    return all(batch is not None and batch.array_id is not None for batch in known)
