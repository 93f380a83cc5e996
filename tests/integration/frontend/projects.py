"""Projects that the editor ships as examples, as the frontend sends them."""

import json
from typing import Any

from tests.locations import ROOT

EXAMPLES = ROOT / "examples"
DATA = ROOT / "tests" / "data"


def example(name: str, primaries: int | None = None) -> dict[str, Any]:
    """Return an example of the editor, perhaps with another number of primaries."""
    folder = DATA / "frontend" if name.startswith("electron") else EXAMPLES
    project: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    if primaries is not None:
        project["beam"]["numberOfParticles"] = primaries
    return project


WATER = "proton_pencil_beam_in_water"
DRAWN = "proton_pencil_beam_in_water.geant4"
LEAD = "proton_beam_lead_collimator"
ELECTRONS = "electron_beam_lead_collimator"


def quantity_names(project: dict[str, Any]) -> dict[str, list[str]]:
    """Return the names of the quantities of each output."""
    outputs = project["scoringManager"]["outputs"]
    return {item["name"]: [found["name"] for found in item["quantities"]] for item in outputs}
