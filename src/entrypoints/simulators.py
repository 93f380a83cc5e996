"""The simulators there are: a new one is one line here."""

from collections.abc import Callable
from pathlib import Path

from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from application.ports.simulator import Simulator
from application.simulators import SimulatorCatalog, found_here

DEFAULT = "mcsquare"
"""What runs a project that does not say: the one that everybody can install."""


def make_simulators(
    simulators_dir: Path, installed: Callable[[Simulator], bool] = found_here
) -> SimulatorCatalog:
    """Return all simulators, their executables looked for in `simulators_dir` and on PATH."""
    return SimulatorCatalog(
        [
            McSquare(simulators_dir),
            ShieldHit(simulators_dir),
        ],
        DEFAULT,
        installed,
    )
