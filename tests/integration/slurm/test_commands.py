"""`yaptide clusters` on a real cluster: added, tried, used and removed from the command line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.submission.submit_batch_job import BatchWish
from application.submission.submit_job import Submission
from domain.job import Job
from entrypoints.cli.exit_codes import ExitCode
from tests.integration.commands.conftest import Yaptide
from tests.integration.servers.openssh import account
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.slurm.conftest import certified
from tests.integration.slurm.installation import PROJECT, Installation

STEPS = [
    "key", "connection", "work folder", "Python for the tasks",
    "array job (sbatch --test-only)", "collect job (sbatch --test-only)",
]  # fmt: skip


@pytest.fixture
def installation(tmp_path: Path, slurm: SlurmCluster) -> Iterator[Installation]:
    made = Installation(tmp_path, slurm, [])
    yield made
    made.stop()


@pytest.fixture
def yaptide(installation: Installation, tmp_path: Path) -> Yaptide:
    return Yaptide(installation.environment, tmp_path / "data")


def address(slurm: SlurmCluster) -> list[str]:
    """Return the options of `add` that say where the cluster is and who it is."""
    ssh = slurm.ssh
    there = ["--host", "127.0.0.1", "--port", str(ssh.port), "--login", account()]
    return [*there, "--host-key", ssh.host_key]


def walked(output: str) -> dict[str, str]:
    """Return what `test` said of each step, by its title: `ok` or `FAILED`, and its words."""
    lines = [
        line.partition(": ") for line in output.splitlines() if line[:6] in ("ok    ", "FAILED")
    ]
    return {head[7:]: f"{head[:6].strip()} {words}" for head, _, words in lines}


def submit(installation: Installation) -> Job:
    asked = Submission("shieldhit", 1, project=PROJECT)
    user = installation.user("ann")
    return installation.container.submit_batch_job()(user, asked, BatchWish()).job


def test_a_cluster_from_its_addition_to_its_removal(
    installation: Installation, yaptide: Yaptide, slurm: SlurmCluster, tmp_path: Path
) -> None:
    assert "No cluster is registered" in yaptide.ok("clusters", "list")
    set_up = tmp_path / "set-up.sh"
    set_up.write_text("export PATH=/usr/bin:$PATH\n")
    chosen = ["--set-up", set_up, "--poll-seconds", 5, "--work-dir", "$SCRATCH/by-command"]
    defaults = ["--array-option", "t=5", "--array-option", "exclusive", "--collect-option", "t=1"]
    added = yaptide.ok("clusters", "add", "ours", *address(slurm), *chosen, *defaults)
    assert "yaptide clusters test ours" in added
    (row,) = yaptide.json("clusters", "list")
    assert row["host"] == f"127.0.0.1:{slurm.ssh.port}"
    assert (row["work_dir"], row["poll_seconds"]) == ("$SCRATCH/by-command", 5)
    assert row["array_options"] == "time=5 exclusive"
    twice = yaptide("clusters", "add", "ours", *address(slurm))
    assert twice.exit_code == ExitCode.WRONG_USE
    assert "there is a cluster 'ours' already" in twice.output
    unknown = yaptide("clusters", "test", "ours", "--user", "ann")
    assert unknown.exit_code == ExitCode.NOT_FOUND
    yaptide.ok("users", "add", "ann", "--keycloak")
    without_key = yaptide("clusters", "test", "ours", "--user", "ann")
    assert without_key.exit_code == ExitCode.REFUSED
    assert "SSH" in without_key.output

    installation.user("ann")
    said = yaptide.ok("clusters", "test", "ours", "--user", "ann")
    assert list(walked(said)) == STEPS
    assert all(words.startswith("ok ") for words in walked(said).values())
    assert f"{slurm.scratch}/by-command" in walked(said)["work folder"]
    assert "leaves the outputs to be merged here" in walked(said)["Python for the tasks"]
    assert "ours can be used" in said

    job = submit(installation)
    refused = yaptide("clusters", "remove", "ours", "--yes")
    assert refused.exit_code == ExitCode.REFUSED
    assert "remove them first" in refused.output
    with installation.container.unit_of_work() as work:
        work.jobs.remove(job.simulation_id)
        work.commit()
    yaptide.ok("clusters", "remove", "ours", "--yes")
    assert yaptide.json("clusters", "list") == []
    gone = yaptide("clusters", "test", "ours", "--user", "ann")
    assert gone.exit_code == ExitCode.NOT_FOUND


def test_the_first_step_that_fails_is_told_with_the_clusters_words(
    yaptide: Yaptide, slurm: SlurmCluster, tmp_path: Path
) -> None:
    def tested(name: str, validity: str = "-5m:+52w") -> dict[str, str]:
        pair = certified(slurm.ssh, "ann", validity=validity)
        key, certificate = tmp_path / "key", tmp_path / "key-cert.pub"
        key.write_text(pair.private_key)
        certificate.write_text(pair.certificate)
        given = ["--user", "ann", "--key", key, "--certificate", certificate]
        result = yaptide("clusters", "test", name, *given)
        assert result.exit_code == ExitCode.FAILED
        assert f"{name} can't be used as it is" in result.output
        return walked(result.output)

    set_up = tmp_path / "set-up.sh"
    set_up.write_text(f"export PATH='{Path(sys.executable).parent}':$PATH\n")
    chosen = ["--array-option", "p=nowhere", "--set-up", set_up]
    yaptide.ok("clusters", "add", "strict", *address(slurm), *chosen)
    steps = tested("strict")
    assert list(steps) == STEPS[:5]
    assert "merges the results there" in steps["Python for the tasks"]
    assert "FAILED" in steps[STEPS[4]]
    assert "invalid partition specified: nowhere" in steps[STEPS[4]]
    assert "FAILED Your SSH certificate expired at" in tested("strict", "-2d:-1d")["key"]
    yaptide.ok("clusters", "add", "closed", *address(slurm), "--work-dir", "/proc/yaptide")
    steps = tested("closed")
    assert list(steps) == STEPS[:3]
    assert "FAILED the work folder /proc/yaptide can't be used" in steps["work folder"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--work-dir", "/tmp/x; rm -rf ~"], "work_dir"),
        (["--array-option", "wrap=id"], "--array-option.wrap"),
        (["--collect-option", "time=$(id)"], "--collect-option.time"),
        (["--poll-seconds", "0"], "--poll-seconds"),
        (["--port", "99999"], "--port"),
    ],
)
def test_what_can_not_be_used_is_not_added(
    yaptide: Yaptide, options: list[str], named: str
) -> None:
    result = yaptide("clusters", "add", "ours", "--host", "127.0.0.1", *options)
    assert result.exit_code == ExitCode.WRONG_USE
    assert named in result.output
    assert yaptide.json("clusters", "list") == []
