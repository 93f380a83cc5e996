"""Whether a folder's disk has room for one more run."""

import shutil
from pathlib import Path

MIB = 1 << 20


class DiskRoom:
    """Asks the file system that `folder` lies on, or will lie on."""

    def __init__(self, folder: Path, least_mib: float) -> None:
        self._folder = folder
        self._least = least_mib * MIB

    def __call__(self) -> bool:
        """Say whether at least so much is free."""
        there = next(place for place in (self._folder, *self._folder.parents) if place.exists())
        return shutil.disk_usage(there).free >= self._least
