"""Particles of projects from version 0.13 on, told by the codes of the Particle Data Group.

Earlier versions number them as SHIELD-HIT12A does, or in projects for Geant4 in a way of their own.
Ions are 10LZZZAAAI (Review of Particle Physics, Monte Carlo particle numbering scheme).
"""

from collections.abc import Mapping
from typing import Any

HEAVY_ION = 25
IDS = {
    2112: 1, 2212: 2, -211: 3, 211: 4, 111: 5, -2112: 6, -2212: 7, -321: 8, 321: 9, 311: 10,
    -311: 11, 130: 11, 22: 12, 11: 13, -11: 14, 13: 15, -13: 16, 1000010020: 21, 1000010030: 22,
    1000020030: 23, 1000020040: 24,
}  # fmt: skip
"""The number of SHIELD-HIT12A by code."""

GEANT4_IDS = {
    2112: 1, 2212: 2, 22: 3, 11: 4, -11: 5, 1000020040: 6, 13: 7, -13: 8, -211: 9, 211: 10,
}  # fmt: skip
"""The number in projects for Geant4 by code."""

FIRST_ION = 1_000_000_000


def with_particle_numbers(document: Mapping[str, Any], drawn: bool) -> Mapping[str, Any]:
    """Return a project in which particles that have a code have a number too.

    `drawn` says whether the scene was drawn for Geant4. A code without a number stays as it is, so
    that the particle is refused by its field.
    """
    table = GEANT4_IDS if drawn else IDS
    made = dict(document)
    beam, scoring = document.get("beam"), document.get("scoringManager")
    if isinstance(beam, Mapping):
        made["beam"] = {**beam, "particle": _numbered(beam.get("particle"), table)}
    if isinstance(scoring, Mapping) and isinstance(scoring.get("filters"), list):
        filters = [_filter(item, table) for item in scoring["filters"]]
        made["scoringManager"] = {**scoring, "filters": filters}
    return made


def _filter(item: Any, table: Mapping[int, int]) -> Any:
    if not isinstance(item, Mapping):
        return item
    made = dict(item)
    if "particle" in item:
        made["particle"] = _numbered(item["particle"], table)
    data = item.get("data")
    if isinstance(data, Mapping) and isinstance(data.get("particleTypes"), list):
        kinds = [_numbered(kind, table) for kind in data["particleTypes"]]
        made["data"] = {**data, "particleTypes": kinds}
    return made


def _numbered(particle: Any, table: Mapping[int, int]) -> Any:
    if not isinstance(particle, Mapping) or "id" in particle:
        return particle
    code = particle.get("pdg")
    if not isinstance(code, int):
        return particle
    made = {"name": particle.get("displayName", ""), **particle}
    if code in table:
        return {**made, "id": table[code]}
    if code >= FIRST_ION:
        z, a = code // 10_000 % 1000, code // 10 % 1000
        return {**made, "id": HEAVY_ION, "z": z, "a": a}
    return particle
