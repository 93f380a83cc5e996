"""Choose the simulator of a submission and make its input, or say why nothing can run it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from application.ports.adaptation import AS_SENT, Adaptation
from application.ports.simulator import InputFiles, Simulator
from application.simulators.catalog import SimulatorCatalog
from application.submission.scorable_part import scorable_part
from application.submission.substitutes import Substitutes
from domain.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be run: a project or input files, and for which simulator.

    `skip_unsupported` leaves out what that can't score instead of refusing the project.
    """

    sim_type: str
    project: Mapping[str, Any] | None = None
    files: InputFiles | None = None
    skip_unsupported: bool = False


@dataclass(frozen=True, slots=True)
class PreparedInput:
    """Input files, the simulator that runs them, and the one that was meant if it is another."""

    simulator: Simulator
    files: InputFiles
    primaries: int
    adaptation: Adaptation = AS_SENT
    instead_of: Simulator | None = None


class PrepareInput:
    """Finds a simulator where a job is to run; on our own workers another may stand in."""

    def __init__(self, simulators: SimulatorCatalog, substitutes: Substitutes) -> None:
        self._simulators = simulators
        self._substitutes = substitutes

    def for_workers(self, wanted: Wanted) -> PreparedInput:
        """Return the input for our own workers; InvalidInput says what is wrong.

        SimulatorNotInstalled when no worker has the simulator and nothing may run it instead.
        """
        meant = self._simulators.meant(wanted.sim_type, wanted.files)
        if self._simulators.has(meant):
            return _prepared(meant, wanted)
        if wanted.project is None:
            raise self._substitutes.refusal_of_files(meant)
        found = self._substitutes.for_project(meant, wanted.project)
        made = found.part.conversion
        return PreparedInput(
            found.simulator, made.files, made.primaries, found.adaptation, instead_of=meant
        )

    def for_cluster(self, wanted: Wanted, sim_types: Collection[str]) -> PreparedInput:
        """Return the input for a cluster, where `sim_types` can run.

        Which of them a cluster has is known to it alone, so that nothing stands in for another.
        """
        meant = self._simulators.meant(wanted.sim_type, wanted.files)
        if meant.name not in sim_types:
            known = ", ".join(sim_types)
            raise InvalidInput("sim_type", f"{meant.name} can't run on clusters, only {known}")
        return _prepared(meant, wanted)


def _prepared(simulator: Simulator, wanted: Wanted) -> PreparedInput:
    if wanted.project is None:
        files = wanted.files or {}
        primaries = simulator.total_primaries(files)
        simulator.check_scored(files)
        return PreparedInput(simulator, files, primaries)
    if not wanted.skip_unsupported:
        made = simulator.convert(wanted.project)
        return PreparedInput(simulator, made.files, made.primaries)
    part = scorable_part(simulator, wanted.project)
    made = part.conversion
    left_out = Adaptation(left_out=tuple(made.left_out), unscored=part.unscored)
    return PreparedInput(simulator, made.files, made.primaries, left_out)
