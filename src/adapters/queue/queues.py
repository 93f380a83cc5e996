"""The queues: a SQLite file each, under one folder."""

from pathlib import Path
from typing import Any

from huey import SqliteHuey

from application.ports.task_queue import QueueName

LOCK_SECONDS = 30


def make_queue(folder: Path, name: QueueName) -> Any:
    """Return the Huey instance of one queue; messages leave no results behind."""
    folder.mkdir(parents=True, exist_ok=True)
    return SqliteHuey(
        name.value,
        filename=str(folder / f"{name.value}.sqlite"),
        timeout=LOCK_SECONDS,
        results=False,
        store_none=False,
        utc=True,
    )
