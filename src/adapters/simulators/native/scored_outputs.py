"""Which outputs of a project a simulator scores, and what of them is refused or left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from adapters.simulators.project.model import Detector, Output, Project, Quantity
from domain.errors import Unsupported

NO_QUANTITY = "has no quantity"
"""What a refusal says whose reason is the keyword."""

Score = TypeVar("Score")


@dataclass(frozen=True, slots=True)
class ScoredQuantity(Generic[Score]):
    """A quantity by the name people see, and what makes the simulator score it."""

    shown: str
    score: Score


@dataclass(frozen=True, slots=True)
class ScoredOutput(Generic[Score]):
    """An output with at least one quantity that is scored, and its detector."""

    output: Output
    detector: Detector
    quantities: Sequence[ScoredQuantity[Score]]


def scored_outputs(
    project: Project,
    simulator: str,
    score: Callable[[Detector, Quantity, str], Score | str],
    left_out: list[str] | None,
    known: Sequence[str] = (),
) -> Iterator[ScoredOutput[Score]]:
    """Yield the outputs that are scored, in their order.

    `score` takes a detector, a quantity and its place as `OUTPUT_QUANTITY`, both counted from 0,
    and returns a text where it refuses. The refusal joins `left_out`; where that is None it is
    raised as Unsupported, as it is if nothing remains. `known` are the keywords of all quantities
    that the simulator scores, of which the error tells.
    """
    detectors, found = project.detectors(), False
    for index, output in enumerate(project.scoring_manager.outputs):
        detector = detectors[output.detector_uuid or ""]
        quantities = []
        for number, quantity in enumerate(output.quantities):
            shown = quantity.name or quantity.keyword
            made = score(detector, quantity, f"{index}_{number}")
            if not isinstance(made, str):
                quantities.append(ScoredQuantity(shown, made))
            elif left_out is None:
                place = f"scoringManager.outputs[{index}].quantities[{number}]"
                if known and NO_QUANTITY in made:
                    made += f"; its quantities are {', '.join(known)}"
                raise Unsupported(place, f"quantity {shown!r} of {output.name!r}: {made}")
            else:
                left_out.append(f"{output.name}/{shown}: {made}")
        if quantities:
            found = True
            yield ScoredOutput(output, detector, quantities)
    if not found:
        raise Unsupported("scoringManager.outputs", f"{simulator} can score none of them")
