"""Kinds of particles, and filters that let only some of them count."""

from collections.abc import Mapping

import msgspec

HEAVY_ION = 25
"""The number of ions that need their charge and nucleons too."""

SIGNS: Mapping[str, str] = {
    "equal": "==",
    "not_equal": "!=",
    "less_than": "<",
    "less_than_or_equal": "<=",
    "greater_than": ">",
    "greater_than_or_equal": ">=",
    "=": "==",
}
"""Words of the editor, which stores them for rules that nobody has touched yet, and their signs."""


class Particle(msgspec.Struct, rename="camel", frozen=True):
    """Kind of particle by the editor's number, which is SHIELD-HIT12A's, 26 for electrons.

    The editor may leave the `a` and `z` of the kind that was chosen before: they count for heavy
    ions (25) alone.
    """

    id: int
    a: int | None = None
    z: int | None = None
    name: str = ""


class Rule(msgspec.Struct, rename="camel", frozen=True):
    """A condition on a particle: Z, A, GEN, E, ID ... compared with a number."""

    keyword: str
    operator: str
    value: float


class GeantFilterData(msgspec.Struct, rename="camel", frozen=True):
    """What a filter of a scene for Geant4 lets through; energies in `kinetic_energy_unit`."""

    particle_types: list[Particle] = []
    kinetic_energy_low: float | None = None
    kinetic_energy_high: float | None = None
    kinetic_energy_unit: str = "MeV"


class Filter(msgspec.Struct, rename="camel", frozen=True):
    """Which particles count: all rules hold, or a kind of particle, or what `data` says."""

    uuid: str
    name: str = ""
    rules: list[Rule] = []
    particle: Particle | None = None
    data: GeantFilterData | None = None
    filter_type: str = ""


def particle_of(item: Filter) -> Particle | None:
    """Return the kind of particle that a filter names: as such, or by the one rule `ID ==`."""
    if item.particle is not None and not item.rules:
        return item.particle
    told = [(rule.keyword, rule.operator) for rule in item.rules]
    number = item.rules[0].value if told == [("ID", "==")] else 0.0
    single = number not in (0, HEAVY_ION) and number == int(number)
    return Particle(int(number)) if single else None


def with_plain_operators(item: Filter) -> Filter:
    """Return a filter whose rules compare with signs, whatever words the editor had for them."""
    rules = [
        msgspec.structs.replace(rule, operator=SIGNS.get(rule.operator, rule.operator))
        for rule in item.rules
    ]
    return msgspec.structs.replace(item, rules=rules)
