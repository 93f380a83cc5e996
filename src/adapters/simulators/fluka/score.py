"""How one quantity is scored, and what all of them have in common."""

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.simulators.fluka.cards import Value
from adapters.simulators.fluka.particles import filter_code
from adapters.simulators.native.scored_outputs import NO_QUANTITY
from adapters.simulators.project.model import Project, Quantity

NAME = "FLUKA"
DEPOSITED = {"Dose": "DOSE", "DoseGy": "DOSE", "Energy": "ENERGY"}
FLUENCE = "Fluence"
WEIGHTED = {"1MeVNEq": "SI1MEVNE"}
"""Fluences that FLUKA weights by what they do: of 1 MeV neutrons in silicon as much."""

KEYWORDS = (*DEPOSITED, FLUENCE, *WEIGHTED)

GRAY = 1.602176634e-10
"""A MeV/g in Gy."""

UNITS = {"DoseGy": "Gy", "1MeVNEq": "cm-2"}
"""What is scored in another unit than FLUKA's own, or in one that its reader does not know."""

ALL_PARTICLES = "ALL-PART"
FILTERS = "but for one kind of particle, Z == and A ==, and charges (Z == 0 or Z != 0)"


@dataclass(frozen=True, slots=True)
class Score:
    """The kind of card and its fields, the unit left out of the first of the two.

    `filter` is what AUXSCORE lets through. What is read is multiplied by `scale`, and is in `unit`
    where the file does not know it.
    """

    card: str
    first: Sequence[Value]
    second: Sequence[Value]
    filter: str | int | None = None
    scale: float = 1.0
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A particle or generalised particle, and what AUXSCORE lets through of it."""

    particle: str
    filter: str | int | None = None


def scored(project: Project, quantity: Quantity) -> Scored | str:
    """Return what is scored for a quantity, or why it can't be."""
    code: str | int | None = None
    if quantity.filter is not None:
        chosen = project.filters()[quantity.filter]
        code = filter_code(chosen)
        if code is None:
            return f"{NAME} has no filter like {chosen.name!r}, {FILTERS}"
    if quantity.keyword in DEPOSITED:
        return Scored(DEPOSITED[quantity.keyword], code)
    if quantity.keyword in WEIGHTED:
        return Scored(WEIGHTED[quantity.keyword], code)
    if quantity.keyword == FLUENCE:
        # Fluence of a named particle is a quantity of its own and needs no filter.
        return Scored(code) if isinstance(code, str) else Scored(ALL_PARTICLES, code)
    return f"{NAME} {NO_QUANTITY} {quantity.keyword} here"


def multiplier(quantity: Quantity) -> float:
    """Return by what a quantity is multiplied: a user's factor and primaries, a change of unit."""
    factor = 1.0 if quantity.rescale is None else quantity.rescale
    unit = GRAY if quantity.keyword == "DoseGy" else 1.0
    return factor * (quantity.primaries or 1.0) * unit


def unit_of(quantity: Quantity) -> str:
    """Return the unit that stands in place of the one that is read."""
    return UNITS.get(quantity.keyword, "")
