"""What of the editor's words a simulator takes, found by asking it for each of them.

Nothing is written down here that could fall behind: a word is taken if a small scene that uses it
is converted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.simulators.project.editor_words import (
    DETECTORS,
    DIFFERENTIALS,
    PARTICLES,
    QUANTITIES,
    RULES,
    SCENE_FILTERS,
    SETTINGS,
)
from application.ports.simulator import Simulator
from domain.errors import InvalidInput

Json = dict[str, Any]

PROTONS = "protons"
CARBON = {"a": 12, "z": 6}
BINS = {"lowerLimit": 1.0, "upperLimit": 60.0, "binsNumber": 10}


@dataclass(frozen=True, slots=True)
class Abilities:
    """Words that a simulator takes: quantities and differentials with the detectors they go with.

    Differentials are those of a fluence of protons. Particles are those of beams.
    """

    quantities: Mapping[str, Sequence[str]]
    differentials: Mapping[str, Sequence[str]]
    filters: Sequence[str]
    settings: Sequence[str]
    particles: Sequence[str]


def abilities(simulator: Simulator) -> Abilities:
    """Return what a simulator takes."""
    return Abilities(
        _by_detector(simulator, {word: {"keyword": word} for word in QUANTITIES}),
        _by_detector(simulator, dict(_differentials())),
        _filters(simulator),
        _settings(simulator),
        [name for number, name in PARTICLES if takes(simulator, _of_beam(number, name))],
    )


def editor_materials() -> Mapping[int, float]:
    """Return the densities (g/cm3) of the editor's materials by ICRU number."""
    # What knows them reads with numpy, which takes long to load.
    from adapters.simulators.project.densities import nominal_densities

    return nominal_densities()


def refused_materials(simulator: Simulator) -> list[int]:
    """Return the ICRU numbers of materials that a simulator does not know."""
    return [
        icru
        for icru, density in editor_materials().items()
        if not takes(simulator, _of_material(icru, density))
    ]


def takes(simulator: Simulator, project: Mapping[str, object]) -> bool:
    """Say whether a simulator takes a project."""
    try:
        simulator.convert(project)
    except InvalidInput:
        return False
    return True


def _differentials() -> Iterable[tuple[str, Json]]:
    fluence = {"keyword": "Fluence", "filter": PROTONS}
    for word in DIFFERENTIALS:
        yield word, {**fluence, "modifiers": [{"diffType": word, **BINS}]}
    yield "E in logarithmic bins", {
        **fluence, "modifiers": [{"diffType": "E", "isLog": True, **BINS}],
    }  # fmt: skip
    both = [{"diffType": word, **BINS} for word in ("E", "ANGLE")]
    yield "E and ANGLE at once", {**fluence, "modifiers": both}


def _by_detector(simulator: Simulator, wanted: Mapping[str, Json]) -> dict[str, list[str]]:
    pairs = [(word, detector) for word in wanted for detector in DETECTORS]
    taken = _taken(simulator, [(detector, wanted[word]) for word, detector in pairs])
    found: dict[str, list[str]] = {word: [] for word in wanted}
    for (word, detector), works in zip(pairs, taken, strict=True):
        if works:
            found[word].append(detector)
    return found


def _filters(simulator: Simulator) -> list[str]:
    made: dict[str, Json] = {
        "one kind of particle": {"particle": {"id": 2, "name": "Proton"}},
    }
    for shown, rules in RULES.items():
        made[shown] = {
            "rules": [
                {"keyword": keyword, "operator": operator, "value": value}
                for keyword, operator, value in rules
            ]
        }
    for kind, data in SCENE_FILTERS.items():
        made[kind] = {"filterType": kind, "data": data}
    filters = [{"uuid": name, "name": name, **item} for name, item in made.items()]
    wanted = [("Mesh", {"keyword": "Fluence", "filter": name}) for name in made]
    dose = [("Mesh", {"keyword": "Dose", "filter": name}) for name in made]
    taken = _taken(simulator, [*wanted, *dose], filters)
    return [name for index, name in enumerate(made) if taken[index] or taken[index + len(made)]]


def _settings(simulator: Simulator) -> list[str]:
    wanted = [("Mesh", {"keyword": "Dose", **values}) for values in SETTINGS.values()]
    taken = _taken(simulator, wanted)
    return [name for name, works in zip(SETTINGS, taken, strict=True) if works]


def _taken(
    simulator: Simulator, wanted: Sequence[tuple[str, Json]], filters: Sequence[Json] = ()
) -> list[bool]:
    """Say of quantities in kinds of detectors whether each is scored.

    All are asked for at once: what is left out is told by its name.
    """
    outputs = [_output("Mesh", {"keyword": "Dose", "name": "always"}, "always")]
    outputs += [
        _output(detector, {**quantity, "name": f"<{number}>"}, f"<{number}>")
        for number, (detector, quantity) in enumerate(wanted)
    ]
    project = _scene()
    scoring = project["scoringManager"]
    scoring["outputs"] = outputs
    scoring["filters"] += filters
    try:
        told = " ".join(simulator.convert(project, skip_unsupported=True).left_out)
    except InvalidInput:
        return [takes(simulator, _of_output(project, number)) for number in range(1, len(outputs))]
    return [f"<{number}>" not in told for number in range(len(wanted))]


def _of_output(project: Json, number: int) -> Json:
    scoring = project["scoringManager"]
    return {**project, "scoringManager": {**scoring, "outputs": [scoring["outputs"][number]]}}


def _output(detector: str, quantity: Json, name: str) -> Json:
    return {"name": name, "detectorUuid": detector, "quantities": [quantity]}


def _of_beam(number: int, name: str) -> Json:
    project = _scene()
    particle = {"id": number, "name": name, **(CARBON if number == 25 else {})}
    project["beam"].update(particle=particle, energy=70)
    return project


def _of_material(icru: int, density: float) -> Json:
    project = _scene()
    project["materialManager"]["materials"][0].update(icru=icru, density=density, name=str(icru))
    return project


def _scene() -> Json:
    """Return a cube of water of 1 cm in a vacuum, small so that it is converted in no time."""
    size = {"width": 1.0, "height": 1.0, "depth": 1.0}
    segments = dict.fromkeys(("xSegments", "ySegments", "zSegments"), 1)
    cylinder = {
        "radius": 0.5, "innerRadius": 0, "depth": 1.0, "radialSegments": 1, "zSegments": 1,
    }  # fmt: skip
    shapes: dict[str, Json] = {
        "Mesh": {**size, **segments}, "Cyl": cylinder, "Zone": {"zoneUuid": "zone"}, "All": {},
    }  # fmt: skip
    materials = [
        {"uuid": "water", "name": "WATER", "icru": 276, "density": 1.0},
        {"uuid": "vacuum", "name": "VACUUM", "icru": 1000, "density": 0.0},
        {"uuid": "lead", "name": "LEAD", "icru": 82, "density": 11.35},
    ]
    operations = [[{"mode": "union", "objectUuid": "box"}]]
    return {
        "metadata": {"version": "0.12"},
        "beam": {
            "energy": 70, "position": [0, 0, -0.55], "direction": [0, 0, 1],
            "numberOfParticles": 1000, "particle": {"id": 2, "a": 1, "z": 1, "name": "Proton"},
        },
        "figureManager": {
            "figures": [{"uuid": "box", "name": "box", "geometryData": _box(size)}]
        },
        "zoneManager": {
            "zones": [{
                "uuid": "zone", "name": "zone", "materialUuid": "water",
                "unionOperations": operations,
            }],
            "worldZone": {
                "materialUuid": "vacuum", "geometryData": _box(dict.fromkeys(size, 1.2)),
            },
        },
        "materialManager": {"materials": materials},
        "detectorManager": {
            "detectors": [_detector(kind, sizes) for kind, sizes in shapes.items()]
        },
        "scoringManager": {
            "outputs": [_output("Mesh", {"keyword": "Dose"}, "dose")],
            "filters": [
                {"uuid": PROTONS, "name": PROTONS, "particle": {"id": 2, "name": "Proton"}}
            ],
        },
    }  # fmt: skip


def _detector(kind: str, sizes: Json) -> Json:
    shape = {"geometryType": kind, "parameters": sizes}
    return {"uuid": kind, "name": kind, "geometryData": shape}


def _box(size: Mapping[str, float]) -> Json:
    return {
        "geometryType": "BoxGeometry", "position": [0, 0, 0], "rotation": [0, 0, 0],
        "parameters": dict(size),
    }  # fmt: skip
