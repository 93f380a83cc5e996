"""The folder in which the processes of one web server keep their counters together."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "yaptide-metrics-"
OF_A_SERVER = re.compile(re.escape(PREFIX) + r"(\d+)-\w+")
LEFT_SECONDS = 24 * 3600.0
"""A version before did not name its process: such folders are left alone for so long."""


def make_metrics_folder() -> str:
    """Return a new folder, after removing those that servers of this user have left behind."""
    there = Path(tempfile.gettempdir())
    for folder in there.glob(f"{PREFIX}*"):
        # Another one may be looking too, and a stranger's folder is no business of ours.
        with suppress(OSError):
            if _is_ours(folder) and _is_left(folder):
                shutil.rmtree(folder)
    return tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-")


def _is_ours(folder: Path) -> bool:
    return not folder.is_symlink() and folder.is_dir() and folder.stat().st_uid == os.geteuid()


def _is_left(folder: Path) -> bool:
    named = OF_A_SERVER.fullmatch(folder.name)
    if named is None:
        return time.time() - folder.stat().st_mtime > LEFT_SECONDS
    try:
        os.kill(int(named[1]), 0)
    except ProcessLookupError:
        return True
    return False
