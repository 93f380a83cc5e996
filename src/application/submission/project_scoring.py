"""Outputs and quantities of a project as they stand in its JSON, and a project without some."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from application.ports.adaptation import ScoringPlace

Document = Mapping[str, Any]
"""A project as decoded JSON that a simulator has converted, so that its outputs are sound."""

PLACE = re.compile(r"scoringManager\.outputs\[(\d+)\](?:\.quantities\[(\d+)\])?")
"""How errors name an output or a quantity."""


def place_named(field: str) -> ScoringPlace | None:
    """Return the output or quantity that the field of an error names, None if it is another."""
    found = PLACE.match(field)
    if found is None:
        return None
    output, quantity = found.groups()
    return ScoringPlace(int(output), None if quantity is None else int(quantity))


def remaining(project: Document, places: Iterable[ScoringPlace]) -> list[tuple[int, list[int]]]:
    """Return which outputs remain without `places`, and which quantities of each.

    An output without any quantity is gone too.
    """
    gone = {(place.output, place.quantity) for place in places}
    outputs = project["scoringManager"]["outputs"]
    kept = [
        (index, [n for n in range(len(output["quantities"])) if (index, n) not in gone])
        for index, output in enumerate(outputs)
        if (index, None) not in gone
    ]
    return [(index, quantities) for index, quantities in kept if quantities]


def without(project: Document, places: Iterable[ScoringPlace]) -> dict[str, Any]:
    """Return a project without some outputs and quantities, and filters that only they used."""
    scoring = project["scoringManager"]
    outputs = [
        {
            **scoring["outputs"][index],
            "quantities": [scoring["outputs"][index]["quantities"][n] for n in quantities],
        }
        for index, quantities in remaining(project, places)
    ]
    changed = {**scoring, "outputs": outputs}
    unused = _filters_of(scoring["outputs"]) - _filters_of(outputs)
    if unused:
        changed["filters"] = [item for item in scoring["filters"] if item["uuid"] not in unused]
    return {**project, "scoringManager": changed}


def count_quantities(project: Document, places: Iterable[ScoringPlace] = ()) -> int:
    """Return how many quantities of a project remain without `places`."""
    return sum(len(quantities) for _, quantities in remaining(project, places))


def _filters_of(outputs: Iterable[Mapping[str, Any]]) -> set[str]:
    return {
        quantity["filter"]
        for output in outputs
        for quantity in output["quantities"]
        if quantity.get("filter") is not None
    }
