"""What of a project's scoring is put in the place of what was refused."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.simulators.project.plain_parts import BEAM, DOSE, Json

PARTS_OF_QUANTITIES = (
    ("keyword", "modifiers"),
    ("filter",),
    ("rescale", "offset", "primaries"),
    ("medium", "materialUuid", "materialPropertiesOverrides", "customMaterial"),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A field of an error, as it stands and step by step, and how often it came before."""

    field: str
    steps: list[Any]
    again: int


class ScoringMender:
    """A copy of a project, its scoring mended part by part.

    `origins` leads from what was made back to what was given.
    """

    def __init__(self, project: Mapping[str, object]) -> None:
        self.project: Json = copy.deepcopy(dict(project))
        self.origins: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def told(self, reason: str) -> str:
        """Return a reason with the names of outputs that were given."""
        for made, name in self._names.items():
            reason = reason.replace(made, name)
        return reason

    def mend_scoring(self, fault: Fault) -> bool:
        """Replace a filter, an output or a quantity; False if nothing is left to try."""
        manager = self.project["scoringManager"]
        if fault.steps[1:] == ["filters"]:
            manager["filters"] = []
            return not fault.again
        if fault.steps[1] == "filters":
            number = fault.steps[2]
            kept = manager["filters"][number] if not fault.again else {}
            manager["filters"][number] = {
                "uuid": kept.get("uuid", f"plain {number}"), "name": kept.get("name", "plain"),
                "particle": copy.deepcopy(BEAM["particle"]),
            }  # fmt: skip
            return fault.again < 2
        if len(fault.steps) == 2:
            manager["outputs"] = [{"name": "plain", "quantities": [dict(DOSE)]}]
            self._place(manager["outputs"][0])
            return not fault.again
        output = manager["outputs"][fault.steps[2]]
        if len(fault.steps) > 4 and fault.again < 2 and self._quantity(output, fault):
            return True
        if not isinstance(output.get("quantities"), list) or "quantities" in fault.steps[3:4]:
            output["quantities"] = [dict(DOSE)]
        if not output.get("name") or "name" in fault.steps:
            output["name"] = f"plain {fault.steps[2]}"
        self._place(output)
        return fault.again < 3

    def _quantity(self, output: Json, fault: Fault) -> bool:
        """Replace a quantity, or the one thing of it that is told; False where that was done."""
        quantities, number = output["quantities"], fault.steps[4]
        quantity = quantities[number]
        if "keyword" not in quantity or (fault.again and len(fault.steps) > 5):
            quantities[number] = dict(DOSE)
        elif len(fault.steps) > 5:
            quantity.pop(fault.steps[5], None)
            if fault.steps[5] in DOSE:
                quantity[fault.steps[5]] = DOSE[fault.steps[5]]
        elif not fault.again:
            self._split(output, fault)
        else:
            return False
        return True

    def _split(self, output: Json, fault: Fault) -> None:
        """Ask for the parts of a quantity one by one, each may be refused for a reason of its own.

        What it is differential in may go with its detector only, all else goes with any. A part
        that is refused becomes a plain dose.
        """
        number = fault.steps[4]
        place = f"scoringManager.outputs[{fault.steps[2]}]"
        quantities, whole = output["quantities"], output["quantities"][number]
        plain = {**DOSE, "name": whole.get("name") or whole.get("keyword")}
        quantities[number] = plain
        if fault.field in self.origins:
            return
        parts = [
            {name: whole[name] for name in names if whole.get(name)}
            for names in PARTS_OF_QUANTITIES
        ]
        self.origins[f"{place}.quantities[{len(quantities)}]"] = fault.field
        quantities.append({**plain, **parts[0]})
        others = [{**plain, **part} for part in parts[1:] if part]
        if others:
            self._ask_elsewhere(others, str(output.get("name")), fault.field)

    def _ask_elsewhere(self, quantities: list[Json], name: str, field: str) -> None:
        """Score quantities in a plain detector, in the name of another output."""
        outputs = self.project["scoringManager"]["outputs"]
        number = len(outputs)
        for index in range(len(quantities)):
            self.origins[f"scoringManager.outputs[{number}].quantities[{index}]"] = field
        made: Json = {"name": f"{name} (part {number})", "quantities": quantities}
        self._place(made)
        outputs.append(made)
        self._names[made["name"]] = name

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
            "geometryType": "Mesh", "position": self.middle(), "rotation": [0, 0, 0],
            "parameters": {**sizes, **bins},
        }  # fmt: skip

    def middle(self) -> list[float]:
        """Return the middle of the world, which in scenes for Geant4 is the first figure."""
        figures = self.project["figureManager"]["figures"]
        shape = figures[0] if self.is_drawn() else self.project["zoneManager"]["worldZone"]
        return [float(value) for value in shape["geometryData"]["position"]]

    def is_drawn(self) -> bool:
        """Say whether the scene is one for Geant4, where figures hold figures."""
        figures = self.project["figureManager"]["figures"]
        return any(
            str(figure.get("type", "")).startswith("Geant4") or figure.get("children")
            for figure in figures
        )
