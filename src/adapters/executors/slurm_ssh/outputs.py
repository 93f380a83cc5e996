"""Bring home what the tasks of a job have left."""

import gzip
import shlex
import shutil
import zlib
from pathlib import Path
from tarfile import TarInfo
from tempfile import TemporaryFile

from adapters.executors.slurm_ssh.connection import TRANSFER_SECONDS, SshConnection
from application.clusters.tar_members import DAMAGED, TarMembers, open_tar, path_inside
from domain.cluster import Cluster
from domain.errors import ClusterRefused

LARGEST_ARCHIVE = 4 << 30
LARGEST_CONTENT = 16 << 30
LARGEST_MERGED = 200 << 20


def fetch(
    connection: SshConnection, cluster: Cluster, job_dir: str, folder: Path, repack: bool
) -> None:
    """Unpack a job's outputs into `folder`/INDEX/; `repack` has them packed anew first.

    Where the collect job has left no archive, the outputs are packed on the login node.
    """
    archive = f"{job_dir}/collect/outputs.tar.gz"
    there = connection.run(shlex.join(["test", "-f", archive])).exit_code == 0
    if repack or not there:
        _pack(connection, cluster, job_dir)
    with TemporaryFile() as file:
        connection.download(archive, file, LARGEST_ARCHIVE)
        file.seek(0)
        try:
            with gzip.open(file) as plain, open_tar(plain) as packed:
                _extract(packed, folder)
        except (*DAMAGED, OSError) as error:
            raise ClusterRefused(f"the outputs of the job can't be unpacked: {error}") from None


def merged(connection: SshConnection, job_dir: str) -> bytes | None:
    """Return the results that a job's collect job has merged, None if it has packed outputs."""
    path = f"{job_dir}/collect/merged.json.gz"
    if connection.run(shlex.join(["test", "-f", path])).exit_code:
        return None
    with TemporaryFile() as file:
        connection.download(path, file, LARGEST_MERGED)
        file.seek(0)
        try:
            with gzip.open(file) as text:
                content = text.read(LARGEST_MERGED + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise ClusterRefused(f"the results of the job can't be read: {error}") from None
    if len(content) > LARGEST_MERGED:
        raise ClusterRefused("the results of the job are too large")
    return content


def _pack(connection: SshConnection, cluster: Cluster, job_dir: str) -> None:
    script = f"{cluster.set_up}\ncd {shlex.quote(job_dir)} && python3 watcher.py pack"
    outcome = connection.run(f"bash -lc {shlex.quote(script)}", TRANSFER_SECONDS)
    if outcome.exit_code:
        raise ClusterRefused(
            f"the outputs of the job could not be packed: {outcome.stderr.strip()[-500:]}"
        )


def _extract(packed: TarMembers, folder: Path) -> None:
    """Unpack plain files only, none of them outside `folder`, and no more than there is room for.

    What lies on the cluster is in the user's hands. Only contents are taken: no owner, no mode.
    """
    left = LARGEST_CONTENT
    for member in packed:
        if not member.isfile():
            raise ClusterRefused(f"the outputs of the job hold {member.name[:80]!r}, no plain file")
        left -= member.size
        if left < 0:
            raise ClusterRefused("the outputs of the job are too large")
        _write(packed, member, path_inside(folder, member.name))


def _write(packed: TarMembers, member: TarInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    source = packed.tar.extractfile(member)
    assert source is not None, "a plain file has content"
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
