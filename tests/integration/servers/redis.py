"""A Redis server in a temporary folder, which can be stopped, forget everything, and come back."""

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from tests.integration.servers.process import Server, free_port, program

PASSWORD = "a-redis-p%ssword"


class RedisServer:
    """One Redis on a free port of the loopback address; it keeps nothing over a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._program = program("redis-server", "redis-server")
        self.port = free_port()
        self.url = f"redis://:{PASSWORD.replace('%', '%25')}@127.0.0.1:{self.port}/0"
        self.server: Server | None = None
        self.start()

    def start(self) -> None:
        """Start, empty, on the same port as before."""
        self.server = Server(
            [
                *(self._program, "--port", str(self.port), "--bind", "127.0.0.1"),
                *("--dir", str(self._folder), "--save", "", "--appendonly", "no"),
                *("--requirepass", PASSWORD),
            ],
            self._folder / "redis.log",
        )
        self.server.ready_when(self._answers)

    def stop(self) -> None:
        """End the server; what it held is lost."""
        assert self.server is not None
        self.server.stop(signal.SIGTERM)

    def client(self) -> Redis:
        """Return a client of the server."""
        return self._client()

    def _client(self, **options: Any) -> Redis:
        return Redis(host="127.0.0.1", port=self.port, password=PASSWORD, **options)

    def _answers(self) -> bool:
        try:
            # Somebody else may have the port, and never answer.
            with self._client(socket_timeout=5, retry=Retry(NoBackoff(), 0)) as client:
                return bool(client.ping())
        except RedisError:
            return False


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """Return a Redis that the tests of a session share: each flushes it or uses own names."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Return the address of an empty Redis."""
    with redis_server.client() as client:
        client.flushall()
    return redis_server.url
