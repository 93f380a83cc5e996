"""Something harmless in place of what was refused in a project, so that the next fault can show.

A part keeps its place and its uuid. What is put there is so small, or so plain, that it gives no
reason for a refusal by itself: a speck near the middle of the world, water, a dose in a cube.
"""

import copy
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

SPECK = 1e-4
"""Radius in cm of a figure that is in nobody's way."""

STEP = (0.00137, 0.00211, 0.00173)
"""Where the next speck lies, in cm from the last: on no plane that anybody would draw."""

WATER, NOTHING = "plain water", "plain vacuum"
MATERIALS: tuple[Json, ...] = (
    {"uuid": WATER, "name": "WATER", "icru": 276, "density": 1.0},
    {"uuid": NOTHING, "name": "VACUUM", "icru": 1000, "density": 0.0},
)
ENERGIES: Json = {
    "energy": 100.0, "energySpread": 0.0, "energyLowCutoff": 0.0, "energyHighCutoff": 1000.0,
}  # fmt: skip
BEAM: Json = {
    "direction": [0, 0, 1], "numberOfParticles": 1000, "sourceType": "simple",
    "particle": {"id": 2, "a": 1, "z": 1, "name": "Proton"},
    "sigma": {"type": "Gaussian", "x": 0, "y": 0},
    "divergence": {"x": 0, "y": 0, "distanceToFocal": 0},
    "sad": {"type": "none", "x": 0, "y": 0}, "sourceFile": {"name": "", "value": ""},
    "energyUnit": "MeV",
}  # fmt: skip
HUGE: Json = {
    "geometryType": "BoxGeometry", "position": [0, 0, 0], "rotation": [0, 0, 0],
    "parameters": {"width": 1e4, "height": 1e4, "depth": 1e4},
}  # fmt: skip
DOSE: Json = {"keyword": "Dose", "name": "Dose", "modifiers": []}
PARTS_OF_QUANTITIES = (
    ("keyword", "modifiers"),
    ("filter",),
    ("rescale", "offset", "primaries"),
    ("medium", "materialUuid", "materialPropertiesOverrides", "customMaterial"),
)
MATERIAL_OF_ZONE = re.compile(r"\.(?:materialUuid|customMaterial|materialPropertiesOverrides)\b")
PARTS = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Fault:
    """A field of an error, as it stands and step by step, and how often it came before."""

    field: str
    steps: list[Any]
    again: int


class Mender:
    """A copy of a project in which refused parts are replaced one after the other."""

    def __init__(self, project: Mapping[str, object]) -> None:
        self.project: Json = copy.deepcopy(dict(project))
        self._times: dict[str, int] = {}
        self._origins: dict[str, str] = {}
        self._specks = 0

    def origin(self, field: str) -> str:
        """Return where what a field names stands in the project that was given."""
        return self._origins.get(field, field)

    def mend(self, field: str) -> bool:
        """Replace what a field of an error names; False if there is nothing to put in its place.

        The same field again means more: a zone gets another material, then another figure.
        """
        again = self._times[field] = self._times.get(field, -1) + 1
        steps = [int(number) if number else name for name, number in PARTS.findall(field)]
        kind = MENDERS.get(str(steps[0])) if steps else None
        try:
            return kind is not None and kind(self, Fault(field, steps, again))
        except (LookupError, TypeError, AttributeError):
            # The project is not of the shape that the field tells.
            return False

    def _beam(self, fault: Fault) -> bool:
        if fault.again or len(fault.steps) == 1:
            self.project["beam"] = {**BEAM, **ENERGIES, "position": self._middle()}
            return fault.again < 2
        beam, key = self.project["beam"], fault.steps[1]
        if key in ENERGIES:
            beam.update(ENERGIES)
        elif key == "position":
            beam[key] = self._middle()
        else:
            beam[key] = copy.deepcopy(BEAM[key])
        return True

    def _switches(self, fault: Fault) -> bool:
        manager = self.project[fault.steps[0]]
        return len(fault.steps) > 1 and manager.pop(fault.steps[1], None) is not None

    def _version(self, fault: Fault) -> bool:
        self.project["metadata"] = {"version": "0.12"}
        return not fault.again

    def _figure(self, fault: Fault) -> bool:
        path = [step for step in fault.steps if isinstance(step, int)]
        figures = self.project["figureManager"]["figures"]
        drawn = self._is_drawn()
        if drawn and fault.again and len(path) == 1:
            # This simulator takes no scenes for Geant4 at all.
            self._flatten()
            return True
        figure = figures[path[0]]
        for index in path[1:]:
            figure = figure["children"][index]
        if "simulationMaterial" in fault.steps and not fault.again:
            figure["simulationMaterial"] = {"geant4_name": "G4_WATER", "density": 1.0}
        elif drawn and path == [0]:
            figure["geometryData"] = copy.deepcopy(HUGE)
        else:
            figure.update(geometryData=self._speck(), children=[])
            self._replace_in_zones(figure["uuid"])
        return fault.again < 2

    def _replace_in_zones(self, uuid: str) -> None:
        """Give the zones that a figure is part of figures of their own: they are others now."""
        for zone in self.project["zoneManager"]["zones"]:
            if uuid in str(zone["unionOperations"]):
                self._give_speck(zone)

    def _flatten(self) -> None:
        """Make a scene for Geant4 one of figures and zones: a box of water in the same world."""
        world = self.project["figureManager"]["figures"][0]["geometryData"]
        uuid = "plain box"
        self.project["figureManager"]["figures"] = []
        self.project["materialManager"] = {"materials": []}
        zone: Json = {"uuid": uuid, "name": uuid}
        around: Json = {"geometryData": world}
        self.project["zoneManager"] = {"zones": [zone], "worldZone": around}
        self._give_speck(zone)
        self._fill(zone, WATER)
        self._fill(around, NOTHING)

    def _give_speck(self, zone: Json) -> None:
        uuid = f"speck {self._specks}"
        shape = {"uuid": uuid, "name": uuid, "geometryData": self._speck()}
        self.project["figureManager"]["figures"].append(shape)
        zone["unionOperations"] = [[{"mode": "union", "objectUuid": uuid}]]

    def _zone(self, fault: Fault) -> bool:
        manager = self.project["zoneManager"]
        if "worldZone" in fault.steps:
            return self._world(
                manager["worldZone"], "geometryData" in fault.steps or fault.again > 0, fault.again
            )
        zone = manager["zones"][fault.steps[2]]
        whole = len(fault.steps) == 3
        if MATERIAL_OF_ZONE.search(fault.field) or (whole and not fault.again):
            self._fill(zone, WATER)
            return fault.again < 2
        self._give_speck(zone)
        return fault.again < 3

    def _world(self, world: Json, geometry: bool, again: int) -> bool:
        if geometry:
            world["geometryData"] = copy.deepcopy(HUGE)
        else:
            self._fill(world, NOTHING)
        return again < 2

    def _fill(self, zone: Json, material: str) -> None:
        known = self.project["materialManager"]["materials"]
        known += [item for item in MATERIALS if item not in known]
        zone["materialUuid"] = material
        for name in ("customMaterial", "materialPropertiesOverrides"):
            zone.pop(name, None)

    def _material(self, fault: Fault) -> bool:
        material = self.project["materialManager"]["materials"][fault.steps[2]]
        water: Json = MATERIALS[0]
        if fault.again:
            material.update({"icru": water["icru"], "name": water["name"]})
        material["density"] = water["density"]
        return fault.again < 2

    def _detector(self, fault: Fault) -> bool:
        detector = self.project["detectorManager"]["detectors"][fault.steps[2]]
        detector["geometryData"] = self._cube()
        return not fault.again

    def _scoring(self, fault: Fault) -> bool:
        manager = self.project["scoringManager"]
        if fault.steps[1] == "filters":
            found = manager["filters"][fault.steps[2]]
            for name in ("rules", "data", "filterType"):
                found.pop(name, None)
            found["particle"] = copy.deepcopy(BEAM["particle"])
            return not fault.again
        if len(fault.steps) == 2:
            manager["outputs"] = [{"name": "plain", "quantities": [dict(DOSE)]}]
            self._place(manager["outputs"][0])
            return not fault.again
        output = manager["outputs"][fault.steps[2]]
        if len(fault.steps) > 4 and not fault.again:
            self._split(output["quantities"], fault.steps[4], fault.field)
            return True
        if "quantities" in fault.steps and len(fault.steps) == 4:
            output["quantities"] = [dict(DOSE)]
        if "name" in fault.steps:
            output["name"] = f"plain {fault.steps[2]}"
        self._place(output)
        return fault.again < 2

    def _split(self, quantities: list[Json], number: int, field: str) -> None:
        """Ask for the parts of a quantity one by one, each may be refused for a reason of its own.

        A part that is refused becomes a plain dose.
        """
        whole, place = quantities[number], field[: field.index(f"[{number}]", field.index("quant"))]
        shown = whole.get("name") or whole.get("keyword") or DOSE["name"]
        plain = {**DOSE, "name": shown}
        quantities[number] = plain
        if f"{place}[{number}]" in self._origins:
            return
        for names in PARTS_OF_QUANTITIES:
            part = {name: whole[name] for name in names if whole.get(name)}
            if part:
                self._origins[f"{place}[{len(quantities)}]"] = field
                quantities.append({**plain, **part})

    def _place(self, output: Json) -> None:
        """Give an output a detector of its own."""
        detectors = self.project["detectorManager"]["detectors"]
        uuid = f"plain {len(detectors)}"
        detectors.append({"uuid": uuid, "name": uuid, "geometryData": self._cube()})
        output.update(detectorUuid=uuid, scoringType="DETECTOR", trace=False)

    def _cube(self) -> Json:
        sizes = dict.fromkeys(("width", "height", "depth"), 0.1)
        bins = dict.fromkeys(("xSegments", "ySegments", "zSegments"), 1)
        return {
            "geometryType": "Mesh", "position": self._middle(), "rotation": [0, 0, 0],
            "parameters": {**sizes, **bins},
        }  # fmt: skip

    def _speck(self) -> Json:
        self._specks += 1
        place = [
            middle + self._specks * step for middle, step in zip(self._middle(), STEP, strict=True)
        ]
        return {
            "geometryType": "SphereGeometry", "position": place, "rotation": [0, 0, 0],
            "parameters": {"radius": SPECK},
        }  # fmt: skip

    def _middle(self) -> list[float]:
        """Return the middle of the world, which in scenes for Geant4 is the first figure."""
        figures = self.project["figureManager"]["figures"]
        shape = figures[0] if self._is_drawn() else self.project["zoneManager"]["worldZone"]
        return [float(value) for value in shape["geometryData"]["position"]]

    def _is_drawn(self) -> bool:
        """Say whether the scene is one for Geant4, where figures hold figures."""
        figures = self.project["figureManager"]["figures"]
        return any(
            str(figure.get("type", "")).startswith("Geant4") or figure.get("children")
            for figure in figures
        )


MENDERS: Mapping[str, Callable[[Mender, Fault], bool]] = {
    "beam": Mender._beam,
    "physic": Mender._switches,
    "specialComponentsManager": Mender._switches,
    "metadata": Mender._version,
    "figureManager": Mender._figure,
    "zoneManager": Mender._zone,
    "materialManager": Mender._material,
    "detectorManager": Mender._detector,
    "scoringManager": Mender._scoring,
}
