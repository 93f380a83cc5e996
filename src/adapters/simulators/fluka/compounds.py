"""Compounds that FLUKA does not know by itself, made of elements.

MATERIAL with a density alone announces a compound, COMPOUND lists up to three components: negative
numbers are fractions of the mass (manual, COMPOUND).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from adapters.simulators.fluka.cards import Value, card

TABLE = "icru_compounds.tsv"
COMPONENTS = 3


@dataclass(frozen=True, slots=True)
class Compound:
    """Mass fractions by atomic number, and the mean excitation energy in eV."""

    excitation: float
    fractions: Mapping[int, float]


@cache
def compounds() -> Mapping[int, Compound]:
    """Return the compounds by ICRU number."""
    text = files(__package__).joinpath(TABLE).read_text("utf-8")
    rows = [line.split("\t") for line in text.split("\n") if line and not line.startswith("#")]
    return {int(icru): Compound(float(value), _fractions(parts)) for icru, value, parts in rows[1:]}


def _fractions(parts: str) -> dict[int, float]:
    pairs = (part.split(":") for part in parts.split())
    return {int(atomic): float(fraction) for atomic, fraction in pairs}


def element_name(atomic: int) -> str:
    """Return the name of an element that compounds are made of."""
    return f"ELEM{atomic:04d}"


def compound_cards(name: str, compound: Compound) -> Iterator[str]:
    """Yield the COMPOUND cards of a material."""
    values: list[Value] = []
    for atomic, fraction in compound.fractions.items():
        values += [-fraction, element_name(atomic)]
    for first in range(0, len(values), 2 * COMPONENTS):
        yield card("COMPOUND", values[first : first + 2 * COMPONENTS], name)
