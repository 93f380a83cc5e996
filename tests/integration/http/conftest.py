"""One real server for all tests of a module."""

from collections.abc import Iterator

import pytest

from tests.integration.http.server import Client, Web, Worker


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    server = Web(tmp_path_factory.mktemp("web"))
    try:
        yield server.ready()
    finally:
        server.stop()


@pytest.fixture
def ann(web: Web, request: pytest.FixtureRequest) -> Iterator[Client]:
    """Return a browser of a user of this test alone."""
    client = Client(web.url).sign_in(f"ann of {request.node.name}"[:60])
    yield client
    client.close()


@pytest.fixture
def worker(web: Web) -> Iterator[Worker]:
    client = Worker(web.url)
    yield client
    client.close()
