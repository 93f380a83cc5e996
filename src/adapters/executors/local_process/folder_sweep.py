"""Clear the folder of a run of what leads out of it: whoever reads it is less confined."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def sweep(folder: Path) -> None:
    """Remove links that lead out of a folder, and all that is neither a file nor a folder.

    An engine can make a link to what it can't read itself, or a pipe whose reader waits for ever.
    Nothing of it may run any more.
    """
    inside = folder.resolve()
    for entry in _entries(inside):
        kind = entry.lstat().st_mode
        if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
            continue
        if stat.S_ISLNK(kind) and _stays(entry, inside):
            continue
        entry.unlink()


def _stays(link: Path, inside: Path) -> bool:
    with suppress(OSError, RuntimeError):
        target = link.resolve()
        return target.is_relative_to(inside) and (target.is_file() or target.is_dir())
    return False


def _entries(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(place, name)
