"""How much a cluster is asked: counted on its login node, whose commands and logins leave a line."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.executors.slurm_ssh.commands import collect_name, job_name
from application.submission.submit_batch_job import BatchWish
from application.submission.submit_job import Submission
from domain.job import Job
from domain.users import KeycloakUser
from entrypoints.processes.cluster_rounds import ClusterRounds
from tests.integration.servers.openssh import account
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
    # What waits for an hour would be in the way of other tests.
    slurm.run("scancel", "--state=PENDING", "--user", account())


def store(installation: Installation, user: KeycloakUser) -> Job:
    """Store a job that its cluster will keep waiting once it is submitted."""
    wish = BatchWish(array_options={"begin": "now+1hour"})
    asked = Submission("shieldhit", 1, project=PROJECT)
    return installation.container.submit_batch_job()(user, asked, wish).job


def enter(installation: Installation, job: Job, known: bool) -> None:
    """Put a stored job into the queue by ourselves, or give it a number that has left the queue."""
    array_id, collect_id = NOT_KNOWN, NOT_KNOWN + 1
    if known:
        array_id = _queued(installation.slurm, job_name(job.job_id), "--array=1")
        collect_id = _queued(installation.slurm, collect_name(job.job_id))
    folder = f"{installation.slurm.scratch}/yaptide/{job.job_id}"
    with installation.container.unit_of_work() as work:
        work.batches.submitted(job.simulation_id, folder, array_id, collect_id)
        work.commit()


def _queued(slurm: SlurmCluster, name: str, *more: str) -> int:
    waiting = ("--begin=now+1hour", f"--job-name={name}", "--output=/dev/null", "--wrap=true")
    return int(slurm.run("sbatch", "--parsable", *waiting, *more).stdout)


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
    for user in users:
        for number in range(1, JOBS_EACH):
            enter(installation, store(installation, user), known=number > 1)
    submitted = [store(installation, user).simulation_id for user in users]
    before = len(slurm.ssh.log())
    rounds = ClusterRounds(installation.container)
    rounds.start()
    try:
        wait_until(lambda: are_known(installation, submitted), "submissions", pause=0.25)
        asked = Counter(ports(slurm))

        def each_asked_again() -> bool:
            calls = Counter(ports(slurm)) - asked
            return len(calls) == len(USERS) and min(calls.values()) >= 2

        wait_until(
            each_asked_again,
            "two more questions of each user",
            pause=0.25,
            progress=lambda: len(ports(slurm)),
        )
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
            assert all(pause >= POLL_SECONDS for pause in pauses), (command, times)


def are_known(installation: Installation, simulation_ids: Sequence[int]) -> bool:
    with installation.container.unit_of_work(read_only=True) as work:
        known = [work.batches.get(number) for number in simulation_ids]
    return all(batch is not None and batch.array_id is not None for batch in known)
