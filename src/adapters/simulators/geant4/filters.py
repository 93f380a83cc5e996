"""Filters of a project as filters of a scorer; Geant4 gives each scorer one.

    /score/filter/charged NAME                      /score/filter/neutral NAME
    /score/filter/kineticEnergy NAME LOW HIGH UNIT  /score/filter/particle NAME PARTICLES
    /score/filter/particleWithKineticEnergy NAME LOW HIGH UNIT PARTICLES

Energies are of the whole particle and pass from LOW on up to below HIGH.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.simulators.geant4.spectra import MEV
from adapters.simulators.native.geant4_names import filter_particle, ion_by_name, particle_name
from adapters.simulators.project.filters import Filter, Rule

NAME = "Geant4"
HIGHEST = 1e9
"""MeV; above any energy there is, where a filter names no upper limit."""

ENERGY, CHARGE, IDENTITY = "E", "Z", "ID"
FILTERS = "but for one kind of particle, charges (Z == 0 or Z != 0), and limits of E"
KINDS = ("charged", "neutral", "particle", "kineticEnergy", "particleWithKineticEnergy")
"""What the editor calls the filters of a scene for Geant4: as Geant4 does."""


@dataclass(frozen=True, slots=True)
class ScorerFilter:
    """A filter's command without its name, and the ions (Z, A) that must be made before."""

    kind: str
    arguments: Sequence[str] = ()
    ions: Sequence[tuple[int, int]] = ()

    def command(self, name: str) -> str:
        """Return the command for the scorer above it."""
        return " ".join([f"/score/filter/{self.kind}", name, *self.arguments])


def scorer_filter(found: Filter, drawn: bool) -> ScorerFilter | str:
    """Return the filter of a scorer, or why Geant4 has none; `drawn`: a scene for Geant4."""
    if found.data is not None and found.filter_type:
        return _of_scene(found)
    if found.particle is not None and not found.rules:
        return _of_particles([particle_name(found.particle, drawn)], [])
    return _by_rules(found)


def _of_scene(found: Filter) -> ScorerFilter | str:
    """Return a filter that the editor keeps in Geant4's own words."""
    kind, data = found.filter_type, found.data
    if kind not in KINDS or data is None:
        return f"the kind of filter {found.name!r} must be one of {', '.join(KINDS)}"
    energies: list[str] = []
    if "ineticEnergy" in kind:
        low, high = data.kinetic_energy_low or 0.0, data.kinetic_energy_high
        high = HIGHEST if high is None else high
        unit = data.kinetic_energy_unit
        if unit not in MEV or not 0 <= low < high:
            return f"filter {found.name!r} needs energies from low to high in one of {_listed(MEV)}"
        energies = [_number(low), _number(high), unit]
    if kind in ("charged", "neutral"):
        return ScorerFilter(kind)
    if kind == "kineticEnergy":
        return ScorerFilter(kind, energies)
    return _of_particles([particle_name(item, True) for item in data.particle_types], energies)


def _by_rules(found: Filter) -> ScorerFilter | str:
    """Return what rules on E, on Z and A, on Z being 0 or not, or on ID together say."""
    limits = _limits([rule for rule in found.rules if rule.keyword == ENERGY])
    others = [rule for rule in found.rules if rule.keyword != ENERGY]
    refusal = f"{NAME} has no filter like {found.name!r}, {FILTERS}"
    if limits is None or not found.rules:
        return refusal
    low, high = limits
    energies: list[str] = []
    if len(others) < len(found.rules):
        energies = [_number(low), _number(high), "MeV"]
    if not others:
        return ScorerFilter("kineticEnergy", energies)
    sign = _charge_sign(others)
    if sign is not None:
        both = f"{NAME} filters by charge or by energy, which {found.name!r} does at once"
        return both if energies else ScorerFilter(sign)
    only = Filter(found.uuid, found.name, others)
    name = filter_particle(only) if len(others) <= 2 else None
    return _of_particles([name], energies) if name else refusal


def _limits(rules: Sequence[Rule]) -> tuple[float, float] | None:
    """Return the energies (MeV) that pass: from the first on, below the second."""
    low, high = 0.0, HIGHEST
    for rule in rules:
        if rule.operator in (">=", ">"):
            limit = math.nextafter(rule.value, math.inf) if rule.operator == ">" else rule.value
            low = max(low, limit)
        elif rule.operator in ("<", "<="):
            limit = math.nextafter(rule.value, math.inf) if rule.operator == "<=" else rule.value
            high = min(high, limit)
        else:
            return None
    return (low, high) if low < high else None


def _charge_sign(rules: Sequence[Rule]) -> str | None:
    told = {(rule.keyword, rule.operator, rule.value) for rule in rules}
    if told == {(CHARGE, "==", 0.0)}:
        return "neutral"
    return "charged" if told == {(CHARGE, "!=", 0.0)} else None


def _of_particles(names: Sequence[str | None], energies: Sequence[str]) -> ScorerFilter | str:
    known = [name for name in names if name]
    if not known or len(known) < len(names):
        return f"{NAME} has no such particles to filter"
    ions = [ion for name in known if (ion := ion_by_name(name)) is not None]
    kind = "particleWithKineticEnergy" if energies else "particle"
    return ScorerFilter(kind, [*energies, *known], ions)


def _number(value: float) -> str:
    return f"{value:.17g}" if value != int(value) or value > HIGHEST else str(int(value))


def _listed(words: Mapping[str, float]) -> str:
    return ", ".join(words)
