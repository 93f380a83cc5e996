"""One cluster for all tests of a session's worker."""

from collections.abc import Iterator

import pytest

from tests.integration.servers.slurm import SlurmCluster


@pytest.fixture(scope="session")
def slurm() -> Iterator[SlurmCluster]:
    cluster = SlurmCluster()
    yield cluster
    cluster.stop()
