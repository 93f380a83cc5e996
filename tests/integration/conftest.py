"""What the integration tests share: a real engine, installed once and kept between runs."""

from pathlib import Path

import pytest

from adapters.simulators.mcsquare.installation import InstallationFailed, install
from tests.integration.servers.process import missing
from tests.integration.servers.redis import redis_server, redis_url
from tests.integration.servers.s3 import s3_bucket, s3_server

__all__ = ["redis_server", "redis_url", "s3_bucket", "s3_server", "simulators_dir"]

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "simulators"


@pytest.fixture(scope="session")
def simulators_dir() -> Path:
    """Return a folder in which MCsquare is installed."""
    try:
        install(CACHE, lambda done, total: None)
    except InstallationFailed as error:
        missing(str(error))
    return CACHE
