"""Slurm behind the port, on a real cluster over a real SSH server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.executors.slurm_ssh.clusters import SlurmClusters
from application.ports.batch_clusters import Account, RemoteJob
from domain.batch import Phase, RemoteStatus
from domain.cluster import BatchOptions
from domain.errors import ClusterRefused
from domain.states import EntityState
from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.slurm.conftest import connect, make_order, wait_for_end

S = EntityState


def poll(clusters: SlurmClusters, account: Account, job: RemoteJob) -> RemoteStatus:
    return clusters.poll(account, [job])[job.simulation_id]


def wait_for_start(clusters: SlurmClusters, account: Account, job: RemoteJob) -> None:
    wait_until(
        lambda: Phase.RUNNING in phases(poll(clusters, account, job)), "a running task", pause=0.1
    )


def phases(status: RemoteStatus) -> list[Phase]:
    return [*(state.phase for state in status.elements.values()), status.collect.phase]


@pytest.fixture(scope="module")
def clusters() -> Iterator[SlurmClusters]:
    made = connect()
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def overdue(slurm: SlurmCluster, clusters: SlurmClusters, ann: Account) -> RemoteJob:
    """Return a job whose time is up; slurmctld looks for such jobs every 30 s only.

    So it is begun before the other tests, and looked at after them.
    """
    job = clusters.submit(ann, make_order("wait", ntasks=1), again=False)
    wait_for_start(clusters, ann, job)
    slurm.run("scontrol", "update", f"jobid={job.array_id}", "EndTime=now")
    return job


def test_a_job_goes_all_the_way(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account, tmp_path: Path
) -> None:
    job = clusters.submit(ann, make_order("sleep", ntasks=4), again=False)
    assert job.job_dir == f"{slurm.scratch}/yaptide/{job.job_id}"
    wait_until(lambda: bool(poll(clusters, ann, job).nodes), "a report of a node")
    status = wait_for_end(clusters, ann, job)
    assert set(phases(status)) == {Phase.DONE}
    assert {node.state for node in status.nodes.values()} == {S.COMPLETED}
    assert [node.simulated_primaries for node in status.nodes.values()] == [100] * 4
    assert all(node.start_time and node.end_time for node in status.nodes.values())
    clusters.fetch(ann, job, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001", "0002", "0003", "0004"]
    assert (tmp_path / "0003" / "out.txt").read_text() == "result of 3"
    # What came from us is not sent back.
    assert not (tmp_path / "0003" / "own.txt").exists()
    clusters.remove(ann, job)
    clusters.remove(ann, job)
    assert not Path(job.job_dir).exists()


def test_nobody_else_can_read_a_jobs_folder(clusters: SlurmClusters, ann: Account) -> None:
    job = clusters.submit(ann, make_order(), again=False)
    assert Path(job.job_dir).stat().st_mode & 0o077 == 0
    assert Path(job.job_dir, "job.json").stat().st_mode & 0o077 == 0


def test_one_element_fails_and_the_others_are_packed(
    clusters: SlurmClusters, ann: Account, tmp_path: Path
) -> None:
    job = clusters.submit(ann, make_order("fail2", ntasks=3), again=False)
    status = wait_for_end(clusters, ann, job)
    assert phases(status) == [Phase.DONE, Phase.FAILED, Phase.DONE, Phase.DONE]
    assert status.nodes[2].state is S.FAILED
    assert "exit code 1" in status.nodes[2].reason
    assert "it was told to fail" in status.nodes[2].reason
    clusters.fetch(ann, job, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001", "0003"]


def test_outputs_are_packed_on_the_login_node_where_the_collect_job_did_not(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account, tmp_path: Path
) -> None:
    job = clusters.submit(ann, make_order("sleep"), again=False)
    slurm.run("scancel", str(job.collect_id))
    wait_for_end(clusters, ann, job)
    clusters.fetch(ann, job, tmp_path)
    assert (tmp_path / "0001" / "out.txt").exists()


def test_jobs_are_cancelled_by_us_or_from_outside(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    ours = clusters.submit(ann, make_order("wait"), again=False)
    theirs = clusters.submit(ann, make_order("wait"), again=False)
    wait_for_start(clusters, ann, theirs)
    clusters.cancel(ann, [ours])
    slurm.run("scancel", str(theirs.array_id))
    status = wait_for_end(clusters, ann, ours)
    assert set(phases(status)) == {Phase.CANCELED}
    clusters.cancel(ann, [ours])
    status = wait_for_end(clusters, ann, theirs)
    assert phases(status)[:2] == [Phase.CANCELED] * 2
    assert "cancelled on the cluster" in status.elements[1].sentence


def test_what_sbatch_says_no_to_is_told_in_its_words(clusters: SlurmClusters, ann: Account) -> None:
    with pytest.raises(ClusterRefused, match="invalid partition specified"):
        clusters.submit(
            ann, make_order(options=BatchOptions({"partition": "nowhere"})), again=False
        )


def test_an_array_is_taken_back_when_its_collect_job_is_refused(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    asked = make_order("wait", options=BatchOptions({}, {"partition": "nowhere"}))
    with pytest.raises(ClusterRefused, match="invalid partition"):
        clusters.submit(ann, asked, again=False)
    found = clusters.find(ann, asked.job_id, 2)
    assert found is not None
    wait_for_end(clusters, ann, found)


def test_a_job_whose_answer_was_lost_is_found_and_not_submitted_again(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    asked = make_order("sleep")
    first = clusters.submit(ann, asked, again=False)
    before = slurm.job_ids()
    assert clusters.submit(ann, asked, again=True) == first
    wait_for_end(clusters, ann, first)
    assert clusters.submit(ann, asked, again=True) == first
    assert slurm.job_ids() == before


def test_a_lost_collect_job_is_submitted_for_the_array_that_is_there(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    asked = make_order("wait")
    first = clusters.submit(ann, asked, again=False)
    slurm.run("scontrol", "update", f"jobid={first.collect_id}", "name=another")
    second = clusters.submit(ann, asked, again=True)
    assert second.array_id == first.array_id
    assert second.collect_id > first.collect_id
    clusters.cancel(ann, [first, second])
    wait_for_end(clusters, ann, second)


def test_a_number_that_was_given_to_another_job_is_noticed(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    job = clusters.submit(ann, make_order(), again=False)
    wait_for_end(clusters, ann, job)
    other = RemoteJob(7, make_order().job_id, 2, job.job_dir, job.array_id, job.collect_id)
    status = poll(clusters, ann, other)
    assert set(phases(status)) == {Phase.GONE}
    assert "given to another job" in status.elements[1].sentence


def test_old_folders_are_swept_and_others_stay(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    old, kept = (clusters.submit(ann, make_order(), again=False) for _ in range(2))
    for job in (old, kept):
        wait_for_end(clusters, ann, job)
    mine = slurm.scratch / "yaptide" / "my notes"
    mine.mkdir(exist_ok=True)
    clusters.sweep(ann, 30, [])
    assert Path(old.job_dir).exists()
    clusters.sweep(ann, 0, [kept.job_id])
    assert not Path(old.job_dir).exists()
    assert Path(kept.job_dir).exists()
    assert mine.exists()


def test_an_examination_walks_through_every_step(clusters: SlurmClusters, ann: Account) -> None:
    steps = list(clusters.examine(ann))
    assert all(step.passed for step in steps), steps
    assert [step.title for step in steps][:3] == ["key", "connection", "work folder"]
    assert len(steps) == 6


def test_a_time_limit_is_told(clusters: SlurmClusters, ann: Account, overdue: RemoteJob) -> None:
    status = wait_for_end(clusters, ann, overdue)
    assert status.elements[1].phase is Phase.FAILED
    assert "time limit" in status.elements[1].sentence
