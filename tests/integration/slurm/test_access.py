"""Who is let in, and what happens when the login node goes away."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.executors.slurm_ssh.clusters import SlurmClusters
from application.ports.batch_clusters import Account
from application.ports.ssh_credentials import SshKeyPair
from domain.errors import ClusterUnreachable, CredentialsUnusable
from entrypoints.cli.exit_codes import ExitCode
from tests.integration.commands.conftest import Yaptide
from tests.integration.commands.findings import verdicts
from tests.integration.servers.openssh import account as os_account
from tests.integration.servers.process import free_port
from tests.integration.servers.slurm import SlurmCluster
from tests.integration.slurm.conftest import certified, cluster_of, make_order, wait_for_end


def test_a_plain_key_is_let_in(slurm: SlurmCluster, clusters: SlurmClusters) -> None:
    key = slurm.ssh.keys.make("plain")
    slurm.ssh.trust(slurm.ssh.keys.public("plain"))
    steps = list(clusters.examine(Account(2, "bob", cluster_of(slurm), SshKeyPair("", key))))
    assert steps[1].passed, steps


def test_a_key_that_an_administrator_stored_lets_a_user_in(
    slurm: SlurmCluster, tmp_path: Path
) -> None:
    settings = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "0123456789abcdef" * 3}
    yaptide = Yaptide(settings, tmp_path)
    yaptide.ok(
        "clusters", "add", "alpha", "--host", "127.0.0.1", "--port", slurm.ssh.port,
        "--login", os_account(), "--host-key", slurm.ssh.host_key,
    )  # fmt: skip
    assert verdicts(settings)["clusters"] == ("ok", "1 answer", "")
    yaptide.ok("users", "add", "eve", "--keycloak")
    yaptide.ok("users", "ssh-key", "eve", "--set", "-", stdin=slurm.ssh.keys.make("eve"))
    stranger = yaptide("clusters", "test", "alpha", "--user", "eve")
    assert stranger.exit_code == ExitCode.FAILED
    assert "FAILED connection" in stranger.output
    slurm.ssh.trust(yaptide.json("users", "ssh-key", "eve")["public_key"])
    assert "alpha can be used" in yaptide.ok("clusters", "test", "alpha", "--user", "eve")
    yaptide.ok("clusters", "add", "away", "--host", "127.0.0.1", "--port", free_port())
    verdict, message, remedy = verdicts(settings)["clusters"]
    assert (verdict, message) == ("failed", "no SSH server answers for: away")
    assert "yaptide clusters test" in remedy


def test_an_expired_certificate_is_told_before_connecting(
    slurm: SlurmCluster, clusters: SlurmClusters
) -> None:
    pair = certified(slurm.ssh, "late", validity="-2d:-1d")
    before = len(slurm.ssh.log())
    with pytest.raises(CredentialsUnusable, match="expired at"):
        clusters.submit(Account(3, "late", cluster_of(slurm), pair), make_order(), again=False)
    assert "Connection from" not in slurm.ssh.log()[before:]


def test_certificates_for_others_or_from_others_are_refused(
    slurm: SlurmCluster, clusters: SlurmClusters
) -> None:
    pair = certified(slurm.ssh, "other", principal="somebody")
    with pytest.raises(CredentialsUnusable, match="made out to somebody, not to"):
        clusters.submit(Account(4, "other", cluster_of(slurm), pair), make_order(), again=False)
    pair = certified(slurm.ssh, "eve", authority="unknown_ca")
    with pytest.raises(CredentialsUnusable, match=r"does not let \S+ in"):
        clusters.submit(Account(5, "eve", cluster_of(slurm), pair), make_order(), again=False)


def test_a_wrong_or_unknown_host_key_is_refused(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    other = " ".join(slurm.ssh.keys.public("other_host").split()[:2])
    wrong = replace(ann, cluster=cluster_of(slurm, host_key=other))
    with pytest.raises(ClusterUnreachable, match="another host key"):
        clusters.submit(wrong, make_order(), again=False)
    unknown = replace(ann, cluster=cluster_of(slurm, host_key=""))
    with pytest.raises(ClusterUnreachable, match="not a known host"):
        clusters.submit(unknown, make_order(), again=False)


def test_a_login_node_that_was_away_is_asked_again(
    slurm: SlurmCluster, clusters: SlurmClusters, ann: Account
) -> None:
    job = clusters.submit(ann, make_order("sleep"), again=False)
    slurm.ssh.kill()
    with pytest.raises(ClusterUnreachable):
        clusters.poll(ann, [job])
    slurm.ssh.restart()
    wait_for_end(clusters, ann, job)
