"""Make a stand-in an executable in a folder, where SIMULATORS_DIR or PATH can find it."""

import sys
from pathlib import Path
from typing import Any

from tests.locations import ROOT
from tests.simulator_stand_ins import behaviour

READS = {"SIMULATOR_READS": str(ROOT)}
"""The setting that lets confined stand-ins read this code."""

MODULES = {"shieldhit": "shieldhit", "rfluka": "fluka", "topas": "topas", "geant4_app": "geant4"}
"""The executable's name and the module of this package that is run for it."""

SCRIPT = """#!{python} -S
import sys
sys.path.insert(0, {root!r})
from tests.simulator_stand_ins.{module} import main
sys.exit(main(sys.argv))
"""


def install(name: str, folder: Path, **settings: Any) -> Path:
    """Write the executable `name` into `folder` and tell it how to behave; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    executable = folder / name
    python = sys.executable
    executable.write_text(SCRIPT.format(python=python, root=str(ROOT), module=MODULES[name]))
    executable.chmod(0o755)
    behaviour.write(executable, **settings)
    return executable
