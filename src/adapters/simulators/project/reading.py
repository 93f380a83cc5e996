"""Decode a project and check it; every error names the field as it stands in the JSON."""

import math
import re
from collections.abc import Iterable, Mapping

import msgspec

from adapters.simulators.project import checks
from adapters.simulators.project.densities import with_meant_densities
from adapters.simulators.project.filters import with_plain_operators
from adapters.simulators.project.model import Project
from adapters.simulators.project.particle_codes import with_particle_numbers
from adapters.simulators.project.zone_outputs import with_zone_detectors
from domain.errors import InvalidInput

VERSIONS = ("0.10", "0.11", "0.12", "0.13")
DEEPEST = 100


def read_project(document: Mapping[str, object]) -> Project:
    """Return the project that a decoded JSON document is; InvalidInput names what is wrong."""
    _check_version(document)
    _check_numbers(document)
    if document.get("beam") is None:
        raise InvalidInput("beam", "is missing; a project needs a beam")
    try:
        numbered = with_particle_numbers(document, _is_drawn_for_geant4(document))
        project = msgspec.convert(numbered, Project, strict=True)
    except msgspec.ValidationError as error:
        raise _named(str(error)) from error
    project = with_meant_densities(with_zone_detectors(project))
    project = msgspec.structs.replace(
        project,
        scoring_manager=msgspec.structs.replace(
            project.scoring_manager,
            filters=[with_plain_operators(item) for item in project.scoring_manager.filters],
        ),
    )
    checks.check_beam(project)
    checks.check_solids(project)
    checks.check_materials(project)
    checks.check_zones(project)
    checks.check_detectors(project)
    checks.check_outputs(project)
    return project


def _check_version(document: Mapping[str, object]) -> None:
    metadata = document.get("metadata")
    version = metadata.get("version") if isinstance(metadata, Mapping) else None
    if version not in VERSIONS:
        known = ", ".join(VERSIONS)
        raise InvalidInput("metadata.version", f"must be one of {known}, not {str(version)[:40]!r}")


def _is_drawn_for_geant4(document: Mapping[str, object]) -> bool:
    """Return what `Figure.of_geant4` says of the figures once they are decoded."""
    manager = document.get("figureManager")
    figures = manager.get("figures") if isinstance(manager, Mapping) else None
    found = [item for item in figures or () if isinstance(item, Mapping)]
    return any(
        str(item.get("type", "")).startswith("Geant4") or item.get("children") for item in found
    )


def _check_numbers(document: Mapping[str, object]) -> None:
    """Refuse numbers that no length or energy can be, and nesting that no editor writes."""
    waiting: list[tuple[str, object, int]] = [("", document, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidInput(path, "must be a finite number")
        if depth > DEEPEST:
            raise InvalidInput(path[:200], f"is nested deeper than {DEEPEST} levels")
        waiting += [(child, item, depth + 1) for child, item in _children(path, value)]


def _children(path: str, value: object) -> Iterable[tuple[str, object]]:
    if isinstance(value, Mapping):
        return ((f"{path}.{key}".lstrip("."), item) for key, item in value.items())
    if isinstance(value, list):
        return ((f"{path}[{index}]", item) for index, item in enumerate(value))
    return ()


def _named(text: str) -> InvalidInput:
    """Turn the decoder's sentence into an error that names the field."""
    reason, _, path = text.partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    missing = re.search(r"missing required field `(\w+)`", reason)
    if missing:
        return InvalidInput(f"{field}.{missing.group(1)}".lstrip("."), "is missing")
    return InvalidInput(field or "project", reason.replace("`", "").lower())
