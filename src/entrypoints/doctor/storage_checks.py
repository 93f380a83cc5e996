"""Checks of what is kept: database, schema, queue, disk, store of binaries."""

import os
import shutil
from pathlib import Path

from adapters.database.schema.revisions import SchemaOutOfDate
from application.ports.task_queue import QueueName
from entrypoints.composition.administration import AdministrationContainer
from entrypoints.composition.simulator_binaries import Binaries
from entrypoints.doctor.finding import NotUsed, Trouble

LITTLE_SPACE = 1 << 30
GETTING_LITTLE = 0.1


class StorageChecks:
    """Looks at database, queue, disk and store."""

    def __init__(self, container: AdministrationContainer) -> None:
        self._container = container
        self._settings = container.settings()

    def database(self) -> str:
        """Ask the database for anything."""
        if self._settings.embedded and not self._file().exists():
            raise Trouble(
                "there is no database file yet", "start the service: yaptide up", serious=False
            )
        self._container.schema().ping()
        return "it answers"

    def schema(self) -> str:
        """Compare the schema with the one this program knows."""
        if self._settings.embedded and not self._file().exists():
            raise NotUsed("there is no database yet")
        try:
            self._container.schema().check()
        except SchemaOutOfDate as error:
            raise Trouble(str(error), "run: yaptide db upgrade") from error
        return f"it is at {self._container.schema().current()}"

    def queue(self) -> str:
        """Count the messages that wait."""
        queue = self._container.queue()
        waiting = {name.value: queue.length(name) for name in QueueName}
        return ", ".join(f"{name}: {count} waiting" for name, count in waiting.items())

    def disk(self) -> str:
        """Look for space, and for the permission to write, where data is kept."""
        folder = _existing(self._settings.data_dir)
        if not os.access(folder, os.W_OK):
            raise Trouble(
                f"nothing can be written to {folder}",
                "give the service's user the folder, or set DATA_DIR to another",
            )
        space = shutil.disk_usage(folder)
        free = f"{space.free / (1 << 30):.1f} GiB of {space.total / (1 << 30):.1f} GiB are free"
        remedy = "forget old jobs: yaptide jobs prune --older-than 180d; or use a larger disk"
        if space.free < LITTLE_SPACE:
            raise Trouble(free, remedy)
        if space.free < GETTING_LITTLE * space.total:
            raise Trouble(free, remedy, serious=False)
        return free

    def store(self) -> str:
        """Look for the binaries in the store."""
        locations = self._settings.binaries.locations
        if not locations:
            raise NotUsed("no bucket is set")
        store = Binaries(self._settings).store()
        lacking = [
            f"{place.bucket}/{place.key}"
            for place in locations.values()
            if all(found.key != place.key for found in store.list(place.bucket, place.key))
        ]
        if lacking:
            raise Trouble(
                f"not in the store: {', '.join(lacking)}", "run: yaptide simulators upload"
            )
        return f"{len(locations)} binaries are there"

    def _file(self) -> Path:
        return Path(self._settings.database_url.removeprefix("sqlite:///"))


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())
