"""What the integration tests share: a real engine, installed once and kept between runs."""

import os
from pathlib import Path

import pytest

from adapters.simulators.mcsquare.installation import InstallationFailed, install

CACHE = Path(__file__).parents[2] / ".pytest_cache" / "simulators"


@pytest.fixture(scope="session")
def simulators_dir() -> Path:
    """Return a folder in which MCsquare is installed."""
    try:
        install(CACHE, lambda done, total: None)
    except InstallationFailed as error:
        if os.environ.get("REQUIRE_SERVICES") == "1":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return CACHE
