"""Huey's storages, taught to take many messages at once."""

import struct
import threading
import time
from collections.abc import Sequence
from typing import Any

from huey.storage import PriorityRedisStorage, SqliteStorage

PREFIX_SIZE = 8
"""Huey puts the time in microseconds before a message: equal priorities keep their order."""


class BulkRedisStorage(PriorityRedisStorage):  # type: ignore[misc]
    """A sorted set by priority, which blocks until there is a message (BZPOPMIN)."""

    def enqueue_many(self, messages: Sequence[tuple[bytes, float]]) -> None:
        """Put messages with their priorities, all or none, in one command."""
        now = int(time.time() * 1e6)
        members = {
            struct.pack(">Q", now + number) + data: -priority
            for number, (data, priority) in enumerate(messages)
        }
        if members:
            self.conn.zadd(self.queue_key, members)

    def dequeue_at_once(self) -> bytes | None:
        """Take the next message without waiting for one."""
        found = self.conn.zpopmin(self.queue_key, 1)
        return found[0][0][PREFIX_SIZE:] if found else None


class BulkSqliteStorage(SqliteStorage):  # type: ignore[misc]
    """A table in a file, asked again and again by one thread for all of a process."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.asking = threading.Lock()

    def _create_connection(self) -> Any:
        connection = super()._create_connection()
        # Waiting for the disk at each message is for what can't be found again. What a power cut
        # takes back is enqueued again, and what it brings back is claimed by nobody.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def enqueue_many(self, messages: Sequence[tuple[bytes, float]]) -> None:
        """Put messages with their priorities, all or none, in one transaction."""
        rows = [(self.name, data, priority) for data, priority in messages]
        with self.db(commit=True) as cursor:
            cursor.executemany("insert into task (queue, data, priority) values (?, ?, ?)", rows)

    def dequeue_at_once(self) -> bytes | None:
        """Take the next message; this storage never waits."""
        found: bytes | None = self.dequeue()
        return found
