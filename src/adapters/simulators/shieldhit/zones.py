"""Zones as unions of intersections of half-spaces: bodies by number, negative for outside of it."""

from collections.abc import Sequence

from adapters.simulators.project.model import Zone
from domain.errors import Unsupported

Term = tuple[int, ...]
"""Bodies a point is inside (positive) and outside of (negative), all at once."""

Terms = list[Term]
"""Any of the terms."""

MOST_TERMS = 2000


class Bodies:
    """The numbers of the bodies that figures are made of; a hollow figure has a second one."""

    def __init__(self, outer: dict[str, int], holes: dict[str, int]) -> None:
        self._outer = outer
        self._holes = holes

    def inside(self, uuid: str) -> Terms:
        """Return the points inside of a figure."""
        hole = self._holes.get(uuid)
        return [(self._outer[uuid],) if hole is None else (self._outer[uuid], -hole)]

    def outside(self, uuid: str) -> Terms:
        """Return the points outside of a figure."""
        hole = self._holes.get(uuid)
        terms: Terms = [(-self._outer[uuid],)]
        return terms if hole is None else [*terms, (hole,)]


def zone_terms(field: str, zone: Zone, bodies: Bodies) -> Terms:
    """Return a zone: the union of its groups, each built step by step from figures."""
    terms: Terms = []
    for group in zone.union_operations:
        built: Terms = []
        for step in group:
            if step.mode == "union":
                built = simplified([*built, *bodies.inside(step.object_uuid)])
            elif step.mode == "intersection":
                built = both(field, built, bodies.inside(step.object_uuid))
            else:
                built = both(field, built, bodies.outside(step.object_uuid))
        terms = simplified([*terms, *built])
    if not terms:
        raise Unsupported(f"{field}.unionOperations", f"zone {zone.name!r} is empty")
    return terms


def remainder(world: int, zones: Sequence[Terms]) -> Terms:
    """Return what of the body `world` is in none of the zones."""
    left: Terms = [(world,)]
    for term in (term for terms in zones for term in terms):
        left = both("zoneManager.worldZone", left, [(-body,) for body in term])
    return left


def both(field: str, first: Terms, second: Terms) -> Terms:
    """Return the intersection of two unions."""
    if len(first) * len(second) > MOST_TERMS * 10:
        raise Unsupported(field, "the zones are too entangled for SHIELD-HIT12A")
    crossed = [tuple(dict.fromkeys(left + right)) for left in first for right in second]
    terms = simplified([term for term in crossed if not _contradicts(term)])
    if len(terms) > MOST_TERMS:
        raise Unsupported(field, "the zones are too entangled for SHIELD-HIT12A")
    return terms


def simplified(terms: Terms) -> Terms:
    """Return the terms without those that another one contains, in their order."""
    kept: Terms = []
    for term in terms:
        if any(set(other) <= set(term) for other in kept):
            continue
        kept = [other for other in kept if not set(term) <= set(other)] + [term]
    return kept


def _contradicts(term: Term) -> bool:
    return any(-body in term for body in term)
