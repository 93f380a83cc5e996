"""The folder for everything that is kept: nobody else's to look into, whatever it was before."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from entrypoints.settings.values import InvalidSetting

FOR_OTHERS = 0o077
OURS = ("secret-key", "yaptide.sqlite", "queue", "task-files", "work", "simulators", "lost+found")
"""What the names of everything begin with that we put there, and what a disk has at its root."""

OPEN_ANYWAY = frozenset({"simulators", "lost+found"})
"""What holds nothing of anybody; below a private folder it is private too."""


def own_folder(folder: Path) -> None:
    """Make the folder if need be, and take from others what rights they have in it.

    InvalidSetting for one that is not ours to close: somebody else's, or with other things in it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    was_open = _mode(folder) & FOR_OTHERS
    if was_open and not _is_ours_alone(folder):
        raise InvalidSetting(
            "DATA_DIR",
            f"{folder} is open to other users and holds things that are not YAPTIDE's: name a "
            f"folder of its own, or close this one with: chmod 700 {folder}",
        )
    try:
        for path in (folder, *_kept(folder, deep=bool(was_open))):
            _close(path)
    except PermissionError as error:
        raise InvalidSetting(
            "DATA_DIR",
            f"{error.filename} is open to other users and belongs to another one: give it to the "
            "user of the service, or name another folder",
        ) from error


def _is_ours_alone(folder: Path) -> bool:
    return all(entry.name.startswith(OURS) for entry in folder.iterdir())


def _kept(folder: Path, deep: bool) -> Iterator[Path]:
    """Yield what lies in a folder; below a closed one the deep does not matter."""
    for entry in folder.iterdir():
        if entry.is_symlink() or not entry.name.startswith(OURS) or entry.name in OPEN_ANYWAY:
            continue
        yield entry
        if entry.is_dir() and (deep or entry.name == "queue"):
            yield from (path for path in entry.rglob("*") if not path.is_symlink())


def _close(path: Path) -> None:
    try:
        mode = _mode(path)
        if mode & FOR_OTHERS:
            path.chmod(mode & ~FOR_OTHERS)
    except FileNotFoundError:
        # Another process is done with it.
        return


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def only_mine(path: Path) -> None:
    """Refuse a file that another user may have put there, and take it from all others."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid not in (os.geteuid(), 0):
        raise InvalidSetting("DATA_DIR", f"{path} is not a file of the user of the service")
    _close(path)
