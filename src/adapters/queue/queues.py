"""The queues: a SQLite file each under one folder, or a sorted set each in Redis."""

import json
from pathlib import Path
from typing import Any

from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from redis import ConnectionPool
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from adapters.queue.storages import BulkRedisStorage, BulkSqliteStorage
from application.ports.task_queue import QueueName

LOCK_SECONDS = 30

BLOCK_SECONDS = 1
"""How long one question to Redis waits for a message; a worker that stops waits as long."""

CONNECT_SECONDS = 2
ANSWER_SECONDS = BLOCK_SECONDS + 4


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Messages as JSON: whoever can write to the queue can't make a worker run code of theirs."""

    def _serialize(self, message: Any) -> bytes:
        return json.dumps([message.id, message.name, message.priority, message.args]).encode()

    def _deserialize(self, data: bytes) -> Any:
        key, name, priority, args = json.loads(bytes(data))
        return Message(id=key, name=name, priority=priority, args=tuple(args), kwargs={})


def make_queue(address: str, name: QueueName) -> Any:
    """Return the Huey instance of one queue; messages leave no results behind.

    `address` is redis://, rediss:// or the path of a folder.
    """
    storage, options = _redis(address) if "://" in address else _sqlite(Path(address), name)
    return Huey(
        name.value,
        storage_class=storage,
        serializer=JsonSerializer(),
        results=False,
        store_none=False,
        utc=True,
        **options,
    )


def _redis(address: str) -> tuple[type, dict[str, Any]]:
    # A message put twice after a broken connection is the same member of the set: no harm.
    pool = ConnectionPool.from_url(
        address,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 2),
    )
    return BulkRedisStorage, {"connection_pool": pool, "read_timeout": BLOCK_SECONDS}


def _sqlite(folder: Path, name: QueueName) -> tuple[type, dict[str, Any]]:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{name.value}.sqlite"
    # Made by the driver, anybody could read it.
    file.touch(mode=0o600)
    return BulkSqliteStorage, {"filename": str(file), "timeout": LOCK_SECONDS}
