"""What goes wrong with clusters: controllers, login nodes, disks and nodes fail in the midst of it."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.executors.slurm_ssh.clusters import SlurmClusters
from adapters.executors.slurm_ssh.commands import collect_name, job_name
from adapters.executors.slurm_ssh.connection import SshConnection
from application.ports.batch_clusters import Account, BatchOrder
from domain.batch import Phase, RemoteStatus
from domain.cluster import BatchOptions
from domain.errors import ClusterRefused, ClusterUnreachable
from domain.states import EntityState
from tests.integration.servers.process import run, wait_until
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.slurm.conftest import certified, cluster_of, make_order, wait_for_end

LARGE = 48 << 20
SMALL_DISK = 1 << 20


def check_it_is_there_once_and_went_well(
    slurm: SlurmCluster, order: BatchOrder, status: RemoteStatus
) -> None:
    """Check that there is one array and one collect job of an order, and that all went well."""
    names = slurm.run("squeue", "-h", "-t", "all", "-o", "%F %j").stdout.split("\n")
    ours = sorted({line.split()[1] for line in names if order.job_id in line})
    assert ours == [job_name(order.job_id), collect_name(order.job_id)]
    assert len({line for line in names if order.job_id in line}) == 2
    assert {node.state for node in status.nodes.values()} == {EntityState.COMPLETED}, status
    assert status.collect.phase is Phase.DONE


def test_a_controller_that_dies_between_the_two_jobs_has_the_array_once(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    order = make_order("wait")
    crash = f'case "$*" in *--dependency*) kill -9 {slurm.controller.process.pid};; esac'
    slurm.before("sbatch", crash)
    with pytest.raises(ClusterUnreachable, match="sbatch"):
        clusters.submit(ann, order, again=False)
    slurm.before("sbatch", "")
    # Nothing is known while it is away, so nothing is submitted either.
    with pytest.raises(ClusterUnreachable):
        clusters.submit(ann, order, again=True)
    slurm.kill_controller()
    slurm.start_controller()
    job = clusters.submit(ann, order, again=True)
    Path(job.job_dir, "go").touch()
    check_it_is_there_once_and_went_well(slurm, order, wait_for_end(clusters, ann, job))


def test_a_hung_controller_takes_a_job_whose_submission_failed_and_it_runs_once(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    order = make_order()
    slurm.pause_controller()
    try:
        with pytest.raises(ClusterUnreachable, match="timed out"):
            clusters.submit(ann, order, again=False)
    finally:
        slurm.resume_controller()
    name = job_name(order.job_id)
    wait_until(lambda: name in slurm.run("squeue", "-h", "-o", "%j", "-t", "all").stdout, name)
    job = clusters.submit(ann, order, again=True)
    check_it_is_there_once_and_went_well(slurm, order, wait_for_end(clusters, ann, job))


def test_a_job_is_followed_by_its_accounts_while_the_controller_is_away(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    job = clusters.submit(ann, make_order(ntasks=1), again=False)
    wait_for_end(clusters, ann, job)
    rows = f"{job.array_id}_1|COMPLETED"

    def accounted() -> bool:
        said = slurm.run("sacct", "-n", "-P", "-X", "-o", "JobID,State").stdout
        return rows in said and f"\n{job.collect_id}|COMPLETED" in f"\n{said}"

    wait_until(accounted, "the accounts", pause=0.1)
    slurm.kill_controller()
    try:
        status = clusters.poll(ann, [job])[job.simulation_id]
    finally:
        slurm.start_controller()
    assert [status.elements[1].phase, status.collect.phase] == [Phase.DONE, Phase.DONE]


def test_an_upload_that_was_cut_leaves_no_half_job_and_is_repeated(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    order = make_order(shared={"in.txt": b"", "large.bin": os.urandom(LARGE)})
    folder = slurm.scratch / "yaptide"

    def cut() -> None:
        growing: Callable[[], bool] = lambda: any(  # noqa: E731
            path.stat().st_size for path in folder.glob(f".{order.job_id}.*")
        )
        wait_until(growing, "a growing file", pause=0.001)
        slurm.ssh.kill()

    with ThreadPoolExecutor() as threads:
        cutting = threads.submit(cut)
        try:
            with pytest.raises(ClusterUnreachable):
                clusters.submit(ann, order, again=False)
            cutting.result()
        finally:
            slurm.ssh.restart()
    assert not (folder / order.job_id).exists()
    job = clusters.submit(ann, order, again=True)
    check_it_is_there_once_and_went_well(slurm, order, wait_for_end(clusters, ann, job))


def test_a_frozen_login_node_is_given_up_and_its_connection_with_it(
    slurm: SlurmCluster, ann: Account
) -> None:
    connection = SshConnection(ann, None)
    slurm.ssh.pause()
    try:
        with pytest.raises(ClusterUnreachable, match="did not answer"):
            connection.run("true", 0.5)
    finally:
        slurm.ssh.go_on()
    assert not connection.alive
    connection = SshConnection(ann, None)
    with pytest.raises(ClusterUnreachable, match="did not answer"):
        connection.run("sleep 60", 0.5)
    assert not connection.alive


def test_a_login_node_that_allows_one_session_is_enough(
    slurm: SlurmCluster, clusters: SlurmClusters, tmp_path: Path
) -> None:
    login = slurm.login_node("one-session", "MaxSessions 1")
    try:
        cluster = cluster_of(slurm, port=login.port, host_key=login.host_key)
        ann = Account(1, "ann", cluster, certified(login))
        job = clusters.submit(ann, make_order("sleep"), again=False)
        with ThreadPoolExecutor(4) as threads:
            asked = [threads.submit(clusters.poll, ann, [job]) for _ in range(4)]
            assert all(len(answer.result()) == 1 for answer in asked)
        wait_for_end(clusters, ann, job)
        clusters.fetch(ann, job, tmp_path)
        assert (tmp_path / "0002" / "out.txt").exists()
        assert len(login.connections()) == 1
    finally:
        clusters.close()
        login.stop()


@pytest.fixture
def small_disk(slurm: SlurmCluster) -> Iterator[Path]:
    """Return a folder on a disk that is soon full."""
    folder = slurm.root / "small"
    folder.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", str(folder)]
    if run(mount, check=False).returncode:
        pytest.skip("whoever runs the tests may not mount a disk")
    yield folder
    run(["umount", "--lazy", folder])


@pytest.mark.parametrize(
    "content", [os.urandom(2 * SMALL_DISK), bytes(2 * SMALL_DISK)], ids=["upload", "files"]
)
def test_a_full_disk_is_told_of_whether_the_upload_or_its_files_do_not_fit(
    slurm: SlurmCluster,
    clusters: SlurmClusters,
    ann: Account,
    small_disk: Path,
    content: bytes,
) -> None:
    here = replace(ann, cluster=cluster_of(slurm, work_dir=f"{small_disk}/yaptide"))
    before = slurm.job_ids()
    with pytest.raises(ClusterRefused, match="is the quota used up"):
        clusters.submit(here, make_order(shared={"in.txt": content}), again=False)
    assert slurm.job_ids() == before
    # What was written is removed again: the user's next job may be smaller.
    assert not list((small_disk / "yaptide").iterdir())


def test_a_node_that_fails_is_told_of(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    options = BatchOptions({"time": "5", "nodelist": "n1"}, {"time": "5"})
    job = clusters.submit(ann, make_order("wait", ntasks=1, options=options), again=False)

    def runs() -> bool:
        return clusters.poll(ann, [job])[job.simulation_id].elements[1].phase is Phase.RUNNING

    wait_until(runs, "a running task", pause=0.1)
    slurm.run("scontrol", "update", "nodename=n1", "state=down", "reason=test")
    try:
        status = wait_for_end(clusters, ann, job)
    finally:
        # It may have come back by itself.
        slurm.run("scontrol", "update", "nodename=n1", "state=resume", check=False)
        slurm.wait_until_idle()
    assert status.elements[1].phase is Phase.FAILED
    assert status.elements[1].sentence == "The node it ran on failed."


def test_an_element_that_is_put_back_into_the_queue_runs_again(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    options = BatchOptions({"time": "5", "requeue": ""}, {"time": "5"})
    order = make_order("wait", ntasks=1, options=options)
    job = clusters.submit(ann, order, again=False)
    wait_until(Path(job.job_dir, "claims", "0001").exists, "a running task", pause=0.1)
    slurm.run("scontrol", "requeue", f"{job.array_id}_1")

    def waits() -> bool:
        status = clusters.poll(ann, [job])[job.simulation_id]
        assert not status.elements[1].phase.is_over
        assert not status.collect.phase.is_over
        return status.elements[1].phase is Phase.WAITING

    wait_until(waits, "a waiting task", pause=0.1)
    # Slurm has it wait for two minutes otherwise; nodes take it back only some time after the kill.
    slurm.run("scontrol", "update", f"jobid={job.array_id}_1", "StartTime=now+3")
    Path(job.job_dir, "go").touch()
    check_it_is_there_once_and_went_well(slurm, order, wait_for_end(clusters, ann, job))
