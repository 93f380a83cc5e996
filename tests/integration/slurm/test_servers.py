"""The cluster that the tests stand on does what a cluster does."""

from tests.integration.servers.process import wait_until
from tests.integration.servers.slurm import SlurmCluster


def test_a_job_runs_and_is_accounted_for(slurm: SlurmCluster) -> None:
    job = slurm.run("sbatch", "--parsable", "--output=/dev/null", "--wrap=true").stdout.strip()

    def state() -> str:
        return slurm.run("sacct", "-n", "-X", "-P", "-o", "State", "-j", job).stdout.strip()

    wait_until(lambda: state() == "COMPLETED", "the job is accounted for")
