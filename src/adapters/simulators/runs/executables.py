"""Find executables that a site has installed, and ask them for their version."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from application.ports.simulator import Installation

UNKNOWN = "unknown"
VERSION = re.compile(r"\bv?\d+(?:\.\d+)+[\w.+-]*")
ASK_SECONDS = 5.0


def find_executable(
    simulators_dir: Path, simulator: str, name: str, question: Sequence[str] = ()
) -> Installation | None:
    """Return an executable of SIMULATORS_DIR (also in a folder of its own there) or of PATH.

    `question` are the arguments that make it tell its version.
    """
    places = [simulators_dir, simulators_dir / simulator, simulators_dir / simulator / "bin"]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=path)
    if found is None:
        return None
    executable = Path(found).absolute()
    # An executable that is replaced is asked again.
    changed = executable.stat().st_mtime_ns
    return Installation(executable, _version(executable, changed, tuple(question)))


@lru_cache(maxsize=64)
def _version(executable: Path, changed: int, question: tuple[str, ...]) -> str:
    del changed
    if not question:
        return UNKNOWN
    try:
        done = subprocess.run(
            [str(executable), *question],
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=ASK_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return UNKNOWN
    match = VERSION.search(done.stdout.decode("utf-8", "replace"))
    return match[0] if match else UNKNOWN
