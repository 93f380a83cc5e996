"""The simulators there are: a new one is one line here."""

from collections.abc import Callable
from pathlib import Path

from application.ports.simulator import Ask, Simulator, ask_nobody
from application.simulators.catalog import SimulatorCatalog, found_here

DEFAULT = "mcsquare"
"""What runs a project that does not say: the one that everybody can install."""


def make_simulators(
    simulators_dir: Path,
    installed: Callable[[Simulator], bool] = found_here,
    geant4_command: str = "",
    ask: Ask = ask_nobody,
) -> SimulatorCatalog:
    """Return all simulators, their executables looked for in `simulators_dir` and on PATH.

    `ask` runs those that tell their version; by default none is run.
    """
    # They read with numpy and pymchelper, which take long to load.
    from adapters.simulators.fluka.simulator import Fluka
    from adapters.simulators.geant4.simulator import Geant4
    from adapters.simulators.mcsquare.simulator import McSquare
    from adapters.simulators.shieldhit.simulator import ShieldHit
    from adapters.simulators.topas.simulator import Topas

    return SimulatorCatalog(
        [
            McSquare(simulators_dir),
            ShieldHit(simulators_dir, ask),
            Fluka(simulators_dir),
            Topas(simulators_dir),
            Geant4(geant4_command),
        ],
        DEFAULT,
        installed,
    )
