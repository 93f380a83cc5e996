"""Find executables that a site has installed, and ask them for their version."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from application.ports.simulator import Ask, Installation, ask_nobody

UNKNOWN = "unknown"
VERSION = re.compile(r"\bv?\d+(?:\.\d+)+[\w.+-]*")


def find_executable(
    simulators_dir: Path,
    simulator: str,
    name: str,
    ask: Ask = ask_nobody,
    question: Sequence[str] = (),
) -> Installation | None:
    """Return an executable of SIMULATORS_DIR (also in a folder of its own there) or of PATH.

    `question` are the arguments that make it tell its version when it is asked.
    """
    places = [simulators_dir, simulators_dir / simulator, simulators_dir / simulator / "bin"]
    path = os.pathsep.join([*map(str, places), os.environ.get("PATH", os.defpath)])
    found = shutil.which(name, path=path)
    if found is None:
        return None
    executable = Path(found).absolute()
    return Installation(executable, _version(ask, executable, question))


def _version(ask: Ask, executable: Path, question: Sequence[str]) -> str:
    match = VERSION.search(ask([str(executable), *question])) if question else None
    return match[0] if match else UNKNOWN
