"""Bring a job to a cluster and start it there, once."""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.executors.slurm_ssh import commands
from adapters.executors.slurm_ssh.connection import Outcome, SshConnection
from adapters.executors.slurm_ssh.layout import pack_job, work_dir_script
from adapters.executors.slurm_ssh.parsing import (
    Row,
    parse_sacct,
    parse_squeue,
    parse_submission,
)
from application.ports.batch_clusters import BatchOrder
from domain.cluster import Cluster
from domain.errors import ClusterRefused, ClusterUnreachable

REMEMBERED_DAYS = 8
SUBMIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """The ids of a job's array and collect jobs, as far as the cluster knows them."""

    array_id: int | None = None
    collect_id: int | None = None

    def ids(self) -> tuple[int, int]:
        """Return both ids; ClusterUnreachable unless both are known."""
        if self.array_id is None or self.collect_id is None:
            raise ClusterUnreachable("the submission was not confirmed")
        return self.array_id, self.collect_id


def make_work_dir(connection: SshConnection, cluster: Cluster) -> str:
    """Make the work folder, and return its path; ClusterRefused says what is wrong with it.

    A login shell is asked: sites set variables such as SCRATCH in its profile.
    """
    script = f"bash -lc {shlex.quote(work_dir_script(cluster.work_dir))}"
    outcome = connection.run(script)
    # The profile may print what it likes before.
    match = re.search(r"(?m)^yaptide-folder:(/.*)$", outcome.stdout)
    if match is None:
        raise ClusterRefused(
            f"the work folder {cluster.work_dir} can't be used on {cluster.name}: "
            f"{outcome.stderr.strip()[-500:]}"
        )
    return match.group(1)


def is_there(connection: SshConnection, folder: str) -> bool:
    """Say whether a job's folder was unpacked whole."""
    return connection.run(shlex.join(["test", "-f", f"{folder}/submit.sh"])).exit_code == 0


def is_upload(name: str) -> bool:
    """Say whether a file in the work folder is an archive on its way."""
    return re.fullmatch(r"\.[\w-]+\.[0-9a-f]{16}(\.tar\.gz|\.new)", name) is not None


def upload(
    connection: SshConnection, order: BatchOrder, cluster: Cluster, folder: str, nonce: str
) -> None:
    """Make a job's folder from one archive: it is there whole or not at all."""
    content = pack_job(order, cluster, folder)
    root, _, name = folder.rpartition("/")
    archive, draft = f"{root}/.{name}.{nonce}.tar.gz", f"{root}/.{name}.{nonce}.new"
    connection.upload(content, archive)
    unpack = (
        f"umask 077; test $(wc -c < {shlex.quote(archive)}) -eq {len(content)} && "
        f"mkdir {shlex.quote(draft)} && "
        f"tar -xzf {shlex.quote(archive)} -C {shlex.quote(draft)} && "
        f"mv -T {shlex.quote(draft)} {shlex.quote(folder)}; code=$?; "
        f"rm -rf {shlex.quote(archive)} {shlex.quote(draft)}; exit $code"
    )
    outcome = connection.run(commands.shell(unpack), SUBMIT_SECONDS)
    if outcome.exit_code:
        raise ClusterRefused(
            "the files of the job could not be unpacked; is the quota used up? "
            + outcome.stderr.strip()[-500:]
        )


def start(connection: SshConnection, folder: str, array_id: int | None) -> Found:
    """Submit the array, unless it is known, and its collect job.

    When the collect job alone is refused, the array is taken back.
    """
    argv = ["sh", f"{folder}/submit.sh", *([str(array_id)] if array_id else [])]
    outcome = connection.run(shlex.join(argv), SUBMIT_SECONDS)
    try:
        ids = parse_submission(outcome.exit_code, outcome.stdout, outcome.stderr)
    except ClusterRefused:
        _take_back(connection, outcome)
        raise
    return Found(ids["array"], ids["collect"])


def _take_back(connection: SshConnection, outcome: Outcome) -> None:
    match = re.search(r"(?m)^array (\d+)$", outcome.stdout)
    if match:
        connection.run(shlex.join(commands.scancel_command([int(match.group(1))])))


def find(connection: SshConnection, job_id: str) -> Found:
    """Look for a job by its names; both squeue and sacct must have answered before it is missed.

    Of several arrays, from a submission that was repeated after all, the first stays.
    """
    names = [commands.job_name(job_id), commands.collect_name(job_id)]
    outcome = connection.run(shlex.join(commands.squeue_by_name_command(names)))
    rows = parse_squeue(outcome.exit_code, outcome.stdout, outcome.stderr)
    if not _ids(rows, names[0]):
        command = commands.sacct_by_name_command(names, REMEMBERED_DAYS)
        outcome = connection.run(shlex.join(command))
        rows = parse_sacct(outcome.exit_code, outcome.stdout, outcome.stderr)
    arrays, collects = _ids(rows, names[0]), _ids(rows, names[1])
    extra = [*arrays[1:], *collects[1:]]
    if extra:
        connection.run(shlex.join(commands.scancel_command(extra)))
    return Found(next(iter(arrays), None), next(iter(collects), None))


def _ids(rows: Sequence[Row], name: str) -> list[int]:
    return sorted({row.job for row in rows if row.name == name})
