"""Something harmless in place of what was refused in a project, so that the next fault can show.

A part keeps its place and its uuid. What is put there is so small, or so plain, that it gives no
reason for a refusal by itself: a speck near the middle of the world, water, a dose in a cube.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from adapters.simulators.project.mending_scoring import Fault, ScoringMender
from adapters.simulators.project.plain_parts import (
    BEAM,
    ENERGIES,
    HUGE,
    MATERIALS,
    NOTHING,
    SPECK,
    STEP,
    WATER,
    Json,
)

MATERIAL_OF_ZONE = re.compile(r"\.(?:materialUuid|customMaterial|materialPropertiesOverrides)\b")
PARTS = re.compile(r"([A-Za-z]\w*)|\[(\d+)\]")


class Mender(ScoringMender):
    """A copy of a project in which refused parts are replaced one after the other."""

    def __init__(self, project: Mapping[str, object]) -> None:
        super().__init__(project)
        self._times: dict[str, int] = {}
        self._specks = 0

    def origin(self, field: str) -> str:
        """Return where what a field names stands in the project that was given."""
        for made, origin in self.origins.items():
            if field == made or field.startswith(f"{made}."):
                return origin + field[len(made) :]
        return field

    def mend(self, field: str) -> bool:
        """Replace what a field of an error names; False if there is nothing to put in its place.

        The same field again means more: a zone gets another material, then another figure.
        """
        again = self._times[field] = self._times.get(field, -1) + 1
        steps = [int(number) if number else name for name, number in PARTS.findall(field)]
        kind = MENDERS.get(str(steps[0]), Mender._other) if steps else None
        try:
            self._make_whole(steps)
            return kind is not None and kind(self, Fault(field, steps, again))
        except (LookupError, TypeError, AttributeError):
            # The project is not of the shape that the field tells.
            return False

    def _make_whole(self, steps: list[Any]) -> None:
        """Put an empty part in place of one that is no part at all, such as a number."""
        place: Any = self.project
        for step, name in zip(steps, ["", *steps], strict=False):
            if isinstance(step, int) and name in LISTS and not isinstance(place[step], dict):
                place[step] = {"uuid": f"plain {step}", "name": f"plain {step}"}
            if step not in (*LISTS, *MENDERS) and not isinstance(step, int):
                return
            place = place[step]

    def _other(self, fault: Fault) -> bool:
        """Forget what is of no interest to any simulator."""
        place: Any = self.project
        for step in fault.steps[:-1]:
            place = place[step]
        place[fault.steps[-1]] = None
        if fault.again:
            del place[fault.steps[-1]]
        return fault.again < 2

    def _beam(self, fault: Fault) -> bool:
        if fault.again or len(fault.steps) == 1:
            self.project["beam"] = {**BEAM, **ENERGIES, "position": self.middle()}
            return fault.again < 2
        beam, key = self.project["beam"], fault.steps[1]
        if key in ENERGIES:
            beam.update(ENERGIES)
        elif key == "position":
            beam[key] = self.middle()
        else:
            beam[key] = copy.deepcopy(BEAM[key])
        return True

    def _switches(self, fault: Fault) -> bool:
        name, inner = fault.steps[0], fault.steps[1:2]
        if inner and isinstance(self.project[name], dict):
            found = inner[0] in self.project[name]
            self.project[name].pop(inner[0], None)
            return found
        self.project[name] = {}
        return not fault.again

    def _version(self, fault: Fault) -> bool:
        self.project["metadata"] = {"version": "0.12"}
        return not fault.again

    def _figure(self, fault: Fault) -> bool:
        path = list(_path(fault.steps))
        figures = self.project["figureManager"]["figures"]
        drawn = self.is_drawn()
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
            self._replace_in_zones(str(figure.get("uuid")))
        if fault.again or fault.steps[-1] in ("uuid", "name", "type"):
            figure.update(uuid=f"plain {fault.field}", name="plain", type="")
        return fault.again < 2

    def _replace_in_zones(self, uuid: str) -> None:
        """Give the zones that a figure is part of figures of their own: they are others now."""
        for zone in self.project["zoneManager"]["zones"]:
            if uuid in str(zone["unionOperations"]):
                self._give(zone, self._speck())

    def _flatten(self) -> None:
        """Make a scene for Geant4 one of figures and zones: a box of water in the same world."""
        world = self.project["figureManager"]["figures"][0]["geometryData"]
        uuid = "plain box"
        self.project["figureManager"]["figures"] = []
        self.project["materialManager"] = {"materials": []}
        zone: Json = {"uuid": uuid, "name": uuid}
        around: Json = {"geometryData": world}
        self.project["zoneManager"] = {"zones": [zone], "worldZone": around}
        box = dict.fromkeys(HUGE["parameters"], min(world["parameters"].values()) / 4)
        self._give(zone, {**HUGE, "position": self.middle(), "parameters": box})
        self._fill(zone, WATER)
        self._fill(around, NOTHING)

    def _give(self, zone: Json, geometry: Json) -> None:
        uuid = f"{MADE} {len(self.project['figureManager']['figures'])}"
        shape = {"uuid": uuid, "name": uuid, "geometryData": geometry}
        self.project["figureManager"]["figures"].append(shape)
        zone["unionOperations"] = [[{"mode": "union", "objectUuid": uuid}]]

    def _zone(self, fault: Fault) -> bool:
        manager = self.project["zoneManager"]
        if "worldZone" in fault.steps:
            if not isinstance(manager["worldZone"], dict):
                manager["worldZone"] = {"geometryData": copy.deepcopy(HUGE)}
            return self._world(
                manager["worldZone"], "geometryData" in fault.steps or fault.again > 0, fault.again
            )
        zone = manager["zones"][fault.steps[2]]
        whole = len(fault.steps) == 3
        zone.setdefault("unionOperations", [])
        if MATERIAL_OF_ZONE.search(fault.field) or (whole and not fault.again):
            self._fill(zone, WATER)
            return fault.again < 2
        self._give(zone, self._speck())
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
        if fault.again or fault.steps[3:] != ["density"]:
            material.update({"icru": water["icru"], "name": water["name"]})
        if "uuid" in fault.steps:
            material["uuid"] = f"plain {fault.field}"
        material["density"] = water["density"]
        return fault.again < 2

    def _detector(self, fault: Fault) -> bool:
        detector = self.project["detectorManager"]["detectors"][fault.steps[2]]
        detector["geometryData"] = self._cube()
        if fault.again or fault.steps[3:] in (["uuid"], ["name"]):
            detector.update(uuid=f"plain {fault.field}", name="plain")
        return fault.again < 2

    def _speck(self) -> Json:
        self._specks += 1
        place = [
            middle + self._specks * step for middle, step in zip(self.middle(), STEP, strict=True)
        ]
        return {
            "geometryType": "SphereGeometry", "position": place, "rotation": [0, 0, 0],
            "parameters": {"radius": SPECK},
        }  # fmt: skip


def _path(steps: list[Any]) -> Iterator[int]:
    """Yield the place of a figure in its manager, then those of figures inside of figures."""
    for name, step in pairwise(steps):
        if name in ("figures", "children") and isinstance(step, int):
            yield step


MADE = "figure made for the check"
LISTS = (
    "figures",
    "children",
    "zones",
    "materials",
    "detectors",
    "outputs",
    "quantities",
    "filters",
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
    "scoringManager": Mender.mend_scoring,
}
