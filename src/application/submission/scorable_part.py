"""What of a project a simulator can score.

Which outputs and quantities a conversion left out is found by asking the simulator once more
without them, one after the other: its refusal names the next. So nobody but the simulator knows
what it can score. A refusal comes before the costly parts of a conversion.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from application.ports.adaptation import ScoringPlace
from application.ports.simulator import Conversion, Simulator
from application.submission.project_scoring import place_named, remaining, without
from domain.errors import Unsupported

MOST_LEFT_OUT = 200
"""Each takes a conversion to find; no project that was drawn has so many."""


@dataclass(frozen=True, slots=True)
class ScorablePart:
    """A conversion, and where in the project stands what it leaves out."""

    conversion: Conversion
    unscored: tuple[ScoringPlace, ...] = ()


def scorable_part(simulator: Simulator, project: Mapping[str, Any]) -> ScorablePart:
    """Convert what of a project a simulator can score; errors as those of `convert`.

    Unsupported also for a project of which too much would be left out.
    """
    conversion = simulator.convert(project, skip_unsupported=True)
    if not conversion.left_out:
        return ScorablePart(conversion)
    count, title = len(conversion.left_out), simulator.profile.title
    if count > MOST_LEFT_OUT:
        reason = f"{title} can't score {count} of them; no more than {MOST_LEFT_OUT} are left out"
        raise Unsupported("scoringManager.outputs", reason)
    return ScorablePart(conversion, _unscored(simulator, project, count))


def _unscored(
    simulator: Simulator, project: Mapping[str, Any], most: int
) -> tuple[ScoringPlace, ...]:
    places: list[ScoringPlace] = []
    for _ in range(most):
        try:
            simulator.convert(without(project, places) if places else project)
        except Unsupported as refused:
            named = place_named(refused.field)
            if named is None:
                break
            places.append(_as_sent(named, project, places))
        else:
            break
    return tuple(places)


def _as_sent(
    named: ScoringPlace, project: Mapping[str, Any], places: list[ScoringPlace]
) -> ScoringPlace:
    """Return a place of the project without `places` as it is counted in the whole one."""
    if not places:
        return named
    output, quantities = remaining(project, places)[named.output]
    return ScoringPlace(output, None if named.quantity is None else quantities[named.quantity])
