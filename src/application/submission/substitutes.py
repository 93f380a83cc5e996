"""Simulators that may run projects meant for another one that no worker has.

The frontend offers few simulators and never asks which there are: without this nothing could be
started from it where only open engines are installed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from application.ports.adaptation import Adaptation
from application.ports.simulator import Simulator
from application.simulators.catalog import SimulatorCatalog
from application.submission.announce_adaptation import substitution_sentence
from application.submission.project_scoring import count_quantities
from application.submission.scorable_part import ScorablePart, scorable_part
from domain.errors import InvalidInput, SimulatorNotInstalled, Unsupported

ON_NO_WORKER = " on any worker"
NOTHING_HERE = ". No other simulator is there either"


@dataclass(frozen=True, slots=True)
class Substitute:
    """A simulator that stands in for another, and what it makes of the project."""

    simulator: Simulator
    part: ScorablePart
    adaptation: Adaptation


class Substitutes:
    """Chooses what runs instead: `order` names for each simulator those that may, best first."""

    def __init__(self, simulators: SimulatorCatalog, order: Mapping[str, Sequence[str]]) -> None:
        self._simulators = simulators
        self._order = order

    def for_project(self, meant: Simulator, project: Mapping[str, Any]) -> Substitute:
        """Return the first that scores all of a project, else the one that scores most of it.

        SimulatorNotInstalled when none may run it or none is there; InvalidInput tells why each
        that is there can't, or what is wrong with the project itself.
        """
        candidates = [item for item in self._named(meant) if self._simulators.has(item)]
        if not candidates:
            raise self._refusal(meant)
        found: list[tuple[Simulator, ScorablePart]] = []
        refused: list[tuple[Simulator, InvalidInput]] = []
        for simulator in candidates:
            try:
                part = scorable_part(simulator, project)
            except InvalidInput as error:
                refused.append((simulator, error))
                continue
            found.append((simulator, part))
            if not part.conversion.left_out:
                return _substitute(meant, simulator, part)
        if not found:
            raise _none_of(meant, refused)
        # Of several that score as much the first one is taken.
        best = max(found, key=lambda item: count_quantities(project, item[1].unscored))
        return _substitute(meant, *best)

    def refusal_of_files(self, meant: Simulator) -> SimulatorNotInstalled:
        """Return why input files can't be run: only the simulator they are for reads them."""
        here = self._here()
        if not here:
            return _not_installed(meant, NOTHING_HERE)
        return _not_installed(
            meant, f". {_listed(here)} here, but only {meant.profile.title} reads its input files"
        )

    def _refusal(self, meant: Simulator) -> SimulatorNotInstalled:
        named = list(self._named(meant))
        if named:
            ways = "; ".join(f"{item.profile.title}: {item.profile.remedy}" for item in named)
            return _not_installed(meant, f". Nor is what may run it instead ({ways})")
        here = self._here()
        if not here:
            return _not_installed(meant, NOTHING_HERE)
        them = "it" if len(here) == 1 else "one of them"
        return _not_installed(
            meant,
            f". {_listed(here)} here: an administrator can let {them} run such projects instead "
            "(SUBSTITUTE_SIMULATORS, or `yaptide up --substitute`)",
        )

    def _named(self, meant: Simulator) -> Iterator[Simulator]:
        return map(self._simulators.named, self._order.get(meant.name, ()))

    def _here(self) -> list[str]:
        """Return the titles of the simulators that workers have."""
        return [item.profile.title for item in self._simulators if self._simulators.has(item)]


def _listed(titles: Sequence[str]) -> str:
    return f"{' and '.join(titles)} {'is' if len(titles) == 1 else 'are'}"


def _substitute(meant: Simulator, simulator: Simulator, part: ScorablePart) -> Substitute:
    adaptation = Adaptation(
        substitution_sentence(simulator, meant), tuple(part.conversion.left_out), part.unscored
    )
    return Substitute(simulator, part, adaptation)


def _not_installed(meant: Simulator, besides: str) -> SimulatorNotInstalled:
    return SimulatorNotInstalled(meant.name, meant.profile.remedy, ON_NO_WORKER, besides)


def _none_of(meant: Simulator, refused: Sequence[tuple[Simulator, InvalidInput]]) -> InvalidInput:
    """Return why none of those that are there can run a project."""
    if not any(isinstance(error, Unsupported) for _, error in refused):
        return refused[0][1]
    reasons = "; ".join(f"{item.profile.title}: {error}" for item, error in refused)
    return InvalidInput(
        "sim_type",
        f"{meant.name} is not installed{ON_NO_WORKER}, and nothing that is there can run this "
        f"project instead: {reasons}",
    )
