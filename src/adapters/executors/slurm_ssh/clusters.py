"""Slurm clusters behind the BatchClusters port."""

import re
import secrets
import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from adapters.executors.slurm_ssh import commands, examination, outputs, submission
from adapters.executors.slurm_ssh.connection import COMMAND_SECONDS, SshConnection, load_key
from adapters.executors.slurm_ssh.options import checked_options, header_options
from adapters.executors.slurm_ssh.parsing import (
    Row,
    parse_reports,
    parse_sacct,
    parse_squeue,
)
from adapters.executors.slurm_ssh.pool import ConnectionPool
from adapters.executors.slurm_ssh.status import Snapshot, needs_accounts, status_of
from application.accounts.certificate_check import check_certificate
from application.ports.batch_clusters import Account, BatchOrder, RemoteJob, Step
from application.ports.clock import Clock
from application.ports.ssh_certificates import SshCertificateReader
from domain.batch import RemoteStatus
from domain.errors import (
    ClusterRefused,
    ClusterUnreachable,
    CredentialsUnusable,
    InvalidSshCertificate,
)

JOB_FOLDER = re.compile(r"\d{8}-\d{6}-[0-9a-f-]{36}BATCH")


class SlurmClusters:
    """BatchClusters port over pooled SSH connections."""

    def __init__(
        self, known_hosts: Path | None, certificates: SshCertificateReader, clock: Clock
    ) -> None:
        self._pool = ConnectionPool(known_hosts)
        self._certificates = certificates
        self._clock = clock

    def check(self, account: Account) -> None:
        """Refuse a key that can't be used: a server would only say that it did not work."""
        load_key(account.key.private_key, account.key.certificate)
        if not account.key.certificate.strip():
            return
        try:
            check_certificate(
                self._certificates,
                account.key,
                account.login,
                self._clock.now(),
                account.cluster.name,
            )
        except InvalidSshCertificate as error:
            raise CredentialsUnusable(str(error)) from None

    def options(self, field: str, header: str, options: Mapping[str, object]) -> dict[str, str]:
        """Return the options of a script header and of a table, which win over the header's."""
        given = checked_options(f"{field}_options", options)
        return {**header_options(f"{field}_header", header), **given}

    def submit(self, account: Account, order: BatchOrder, again: bool) -> RemoteJob:
        """Submit a job; `again`, after a try whose end is unknown, looks for it first."""
        connection = self._connection(account)
        found = submission.find(connection, order.job_id) if again else submission.Found()
        root = submission.make_work_dir(connection, account.cluster)
        folder = f"{root}/{order.job_id}"
        if found.array_id is None or found.collect_id is None:
            if not (again and submission.is_there(connection, folder)):
                submission.upload(connection, order, account.cluster, folder, secrets.token_hex(8))
            found = submission.start(connection, folder, found.array_id)
        array_id, collect_id = found.ids()
        ntasks = len(order.shares)
        return RemoteJob(order.simulation_id, order.job_id, ntasks, folder, array_id, collect_id)

    def find(self, account: Account, job_id: str, ntasks: int) -> RemoteJob | None:
        """Find a job by its name."""
        connection = self._connection(account)
        found = submission.find(connection, job_id)
        if found.array_id is None:
            return None
        root = submission.make_work_dir(connection, account.cluster)
        # Without a collect job there is nothing else to follow or to end than the array.
        collect_id = found.collect_id or found.array_id
        return RemoteJob(0, job_id, ntasks, f"{root}/{job_id}", found.array_id, collect_id)

    def poll(self, account: Account, jobs: Sequence[RemoteJob]) -> Mapping[int, RemoteStatus]:
        """Ask squeue once, sacct once if something is missing there, and read all reports."""
        connection = self._connection(account)
        ids = [number for job in jobs for number in (job.array_id, job.collect_id)]
        outage = ""
        try:
            queue = Snapshot(_queue_rows(connection, ids))
        except ClusterUnreachable as error:
            if not connection.alive:
                raise
            queue, outage = Snapshot(None), str(error)
        accounts = Snapshot([])
        if needs_accounts(jobs, queue):
            accounts = _accounts(connection, ids, outage)
        answer = connection.run(
            commands.shell(commands.read_reports_command([job.job_dir for job in jobs]))
        )
        reports = parse_reports(answer.stdout)
        return {job.simulation_id: status_of(job, queue, accounts, reports) for job in jobs}

    def fetch(self, account: Account, job: RemoteJob, folder: Path, repack: bool = False) -> None:
        """Bring the outputs of all tasks that completed into `folder`/INDEX/."""
        connection = self._connection(account)
        outputs.fetch(connection, account.cluster, job.job_dir, folder, repack)

    def merged(self, account: Account, job: RemoteJob) -> bytes | None:
        """Return what the collect job has merged, as JSON text; None if it has not."""
        return outputs.merged(self._connection(account), job.job_dir)

    def cancel(self, account: Account, jobs: Sequence[RemoteJob]) -> None:
        """Have the cluster stop what it still has of `jobs`."""
        ids = sorted({number for job in jobs for number in (job.array_id, job.collect_id)})
        outcome = self._connection(account).run(shlex.join(commands.scancel_command(ids)))
        if outcome.exit_code and "invalid job id" not in outcome.stderr.lower():
            raise ClusterUnreachable(f"scancel: {outcome.stderr.strip()[:500]}")

    def remove(self, account: Account, job: RemoteJob) -> None:
        """Remove a job's folder."""
        if job.job_dir.rsplit("/", 1)[-1] != job.job_id or not JOB_FOLDER.fullmatch(job.job_id):
            raise ClusterRefused(f"{job.job_dir} is no folder of a job")
        self._remove(self._connection(account), [job.job_dir])

    def sweep(self, account: Account, days: float, keep: Sequence[str]) -> None:
        """Remove all folders of jobs older than `days`, except those of the job ids in `keep`."""
        connection = self._connection(account)
        root = submission.make_work_dir(connection, account.cluster)
        minutes = max(0, round(days * 24 * 60))
        script = f"find {shlex.quote(root)} -mindepth 1 -maxdepth 1 -mmin +{minutes}"
        found = connection.run(commands.shell(script)).stdout.splitlines()
        names = [path.rsplit("/", 1)[-1] for path in found]
        old = [
            f"{root}/{name}"
            for name in names
            if name not in keep and (JOB_FOLDER.fullmatch(name) or submission.is_upload(name))
        ]
        if old:
            self._remove(connection, old)

    def _remove(self, connection: SshConnection, paths: Sequence[str]) -> None:
        outcome = connection.run(shlex.join(["rm", "-rf", "--", *paths]), 10 * COMMAND_SECONDS)
        if outcome.exit_code:
            raise ClusterRefused(outcome.stderr.strip()[:500])

    def examine(self, account: Account) -> Iterator[Step]:
        """Walk through everything a job needs, ending with the first step that fails."""
        return examination.examine(
            account, lambda: self.check(account), lambda: self._pool.get(account)
        )

    def close_idle(self) -> None:
        """Close connections that nobody used for a while."""
        self._pool.close_idle()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close_idle(0)

    def _connection(self, account: Account) -> SshConnection:
        self.check(account)
        return self._pool.get(account)


def _queue_rows(connection: SshConnection, ids: Sequence[int]) -> list[Row]:
    outcome = connection.run(shlex.join(commands.squeue_command(ids)))
    return parse_squeue(outcome.exit_code, outcome.stdout, outcome.stderr)


def _accounts(connection: SshConnection, ids: Sequence[int], outage: str) -> Snapshot:
    """Return what sacct says; ClusterUnreachable if squeue had an outage and it has one too."""
    outcome = connection.run(shlex.join(commands.sacct_command(ids)))
    try:
        return Snapshot(parse_sacct(outcome.exit_code, outcome.stdout, outcome.stderr))
    except ClusterUnreachable as error:
        if outage:
            raise ClusterUnreachable(f"{outage}; {error}") from None
        return Snapshot(None)
