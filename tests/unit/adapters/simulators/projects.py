"""Projects of the editor for tests: a water box and a beam, to be changed at will."""

import copy
import json
from typing import Any

from tests.locations import ROOT

Json = dict[str, Any]
EXAMPLE = ROOT / "examples" / "proton_pencil_beam_in_water.json"


def example() -> Json:
    """Return the example project as it is shipped."""
    project: Json = json.loads(EXAMPLE.read_text())
    return project


def solid(kind: str, position: list[float], rotation: list[float], **sizes: float) -> Json:
    return {
        "geometryType": kind, "position": position, "rotation": rotation, "parameters": sizes,
    }  # fmt: skip


def detector(uuid: str, kind: str, position: list[float], **parameters: Any) -> Json:
    return {
        "uuid": uuid,
        "name": f"detector {uuid}",
        "geometryData": {
            "geometryType": kind, "position": position, "rotation": [0, 0, 0],
            "parameters": parameters,
        },
    }  # fmt: skip


def output(name: str, detector_uuid: str, *keywords: str) -> Json:
    quantities = [{"name": f"My {keyword}", "keyword": keyword} for keyword in keywords]
    return {"name": name, "detectorUuid": detector_uuid, "quantities": quantities}


def water_box(**beam: Any) -> Json:
    """Return a cube of water with 10 cm edges around the origin, in a world of 12 cm."""
    made: Json = {
        "metadata": {"version": "0.12"},
        "beam": {
            "energy": 70, "energySpread": 0.5, "energyLowCutoff": 0, "energyHighCutoff": 1000,
            "position": [0, 0, -5.5], "direction": [0, 0, 1], "numberOfParticles": 1000,
            "particle": {"id": 2, "a": 1, "z": 1, "name": "Proton"},
            "sigma": {"type": "Gaussian", "x": 0, "y": 0},
            **beam,
        },
        "figureManager": {
            "figures": [
                {
                    "uuid": "box",
                    "name": "Box",
                    "geometryData": solid(
                        "BoxGeometry", [0, 0, 0], [0, 0, 0], width=10, height=10, depth=10
                    ),
                }
            ]
        },
        "zoneManager": {
            "zones": [
                {
                    "uuid": "water-zone",
                    "name": "Water",
                    "materialUuid": "water",
                    "unionOperations": [[{"mode": "union", "objectUuid": "box"}]],
                }
            ],
            "worldZone": {
                "materialUuid": "vacuum",
                "geometryData": solid(
                    "BoxGeometry", [0, 0, 0], [0, 0, 0], width=12, height=12, depth=12
                ),
            },
        },
        "materialManager": {
            "materials": [
                {"uuid": "water", "name": "WATER", "icru": 276, "density": 1},
                {"uuid": "vacuum", "name": "VACUUM", "icru": 1000, "density": 1},
                {"uuid": "hole", "name": "BLACK HOLE", "icru": 0, "density": 1},
                {"uuid": "lead", "name": "LEAD", "icru": 82, "density": 11.35},
                {"uuid": "odd", "name": "UNOBTAINIUM", "icru": 5000, "density": 3},
            ]
        },
        "detectorManager": {
            "detectors": [
                detector(
                    "mesh", "Mesh", [0, 0, 0], width=10, height=10, depth=10,
                    xSegments=1, ySegments=1, zSegments=100,
                ),
                detector("zone", "Zone", [0, 0, 0], zoneUuid="water-zone"),
                detector("all", "All", [0, 0, 0]),
                detector(
                    "rings", "Cyl", [0, 0, 0], radius=2, innerRadius=0, depth=10,
                    radialSegments=4, zSegments=1,
                ),
            ]
        },
        "scoringManager": {
            "outputs": [output("depth", "mesh", "Dose", "Energy")],
            "filters": [{"uuid": "f", "name": "protons", "particle": {"id": 2, "name": "Proton"}}],
        },
    }  # fmt: skip
    return copy.deepcopy(made)


def set_path(project: Json, path: str, value: Any) -> Json:
    """Set `a.b.0.c` of a project; the value `...` deletes it."""
    *parents, last = path.split(".")
    place: Any = project
    for name in parents:
        place = place[int(name) if name.isdecimal() else name]
    key: Any = int(last) if last.isdecimal() else last
    if value is ...:
        del place[key]
    else:
        place[key] = value
    return project
