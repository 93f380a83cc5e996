"""docs/one-scene-five-simulators.md: what is said there to be refused is, and nothing else."""

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.simulators.fluka.simulator import Fluka
from adapters.simulators.geant4.simulator import Geant4
from adapters.simulators.mcsquare.simulator import McSquare
from adapters.simulators.shieldhit.simulator import ShieldHit
from adapters.simulators.topas.simulator import Topas
from domain.errors import Unsupported
from tests.locations import ROOT
from tests.unit.adapters.simulators.projects import Json, output, set_path, water_box

PAGE = ROOT / "docs" / "one-scene-five-simulators.md"
NOWHERE = Path("/nowhere")
SIMULATORS: list[Any] = [
    McSquare(NOWHERE), ShieldHit(NOWHERE), Fluka(NOWHERE), Topas(NOWHERE), Geant4(),
]  # fmt: skip
QUANTITY = "scoringManager.outputs.0.quantities.0"
ZONE = "zoneManager.zones.0.materialPropertiesOverrides"
SPECTRUM = {
    "keyword": "Fluence", "name": "s", "filter": "f",
    "modifiers": [{"diffType": "E", "lowerLimit": 0, "upperLimit": 60, "binsNumber": 6}],
}  # fmt: skip

CHANGES: dict[str, tuple[str, Any]] = {
    "`Gaussian`": ("beam.sigma", {"type": "Gaussian", "x": 0.5, "y": 0.5}),
    "`Flat square`": ("beam.sigma", {"type": "Flat square", "x": 0.5, "y": 0.5}),
    "`Flat circular`": ("beam.sigma", {"type": "Flat circular", "x": 0, "y": 0.5}),
    "`energySpread`": ("beam.energySpread", 1.5),
    "`energyLowCutoff`, `energyHighCutoff`": ("beam.energyHighCutoff", 70.5),
    "cuts that leave nothing": ("beam.energyHighCutoff", 60),
    "`position`": ("beam.position", [0, 0, -50]),
    "`divergence`": ("beam.divergence", {"x": 3, "y": 3, "distanceToFocal": 0}),
    "`divergence.distanceToFocal`": ("beam.divergence", {"x": 3, "y": 3, "distanceToFocal": 9}),
    "`sourceType` `file`": ("beam.sourceType", "file"),
    "density of a zone": (ZONE, {"density": 0.9}),
    "`averageIonisationPotential`": (ZONE, {"averageIonisationPotential": 80}),
    "`customStoppingPower`": (ZONE, {"customStoppingPower": True}),
    "`Dose`": (f"{QUANTITY}.keyword", "Dose"),
    "`DoseGy`": (f"{QUANTITY}.keyword", "DoseGy"),
    "`Energy`": (f"{QUANTITY}.keyword", "Energy"),
    "`Fluence`": (f"{QUANTITY}.keyword", "Fluence"),
    "a differential fluence": (QUANTITY, SPECTRUM),
    "`KineticEnergySpectrum`": (f"{QUANTITY}.keyword", "KineticEnergySpectrum"),
    "zone": ("scoringManager.outputs.0.detectorUuid", "zone"),
}
"""What an entry of the page is in a project."""

FOR_ONE: dict[tuple[str, str], tuple[str, Any]] = {
    ("a differential fluence", "FLUKA"): ("scoringManager.outputs.0.detectorUuid", "zone"),
}
"""What else it takes for one simulator."""


def rows() -> dict[str, dict[str, str]]:
    """Return the cells by entry and simulator."""
    found: dict[str, dict[str, str]] = {}
    for line in PAGE.read_text().split("\n"):
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 7 and cells[0] not in ("entry", "---"):
            titles = [simulator.title for simulator in SIMULATORS]
            found[cells[0]] = dict(zip(titles, cells[2:], strict=True))
    return found


def project(entry: str, title: str) -> Json:
    made = water_box(sourceFile={"name": "a", "value": "1 2 3"})
    made["physic"] = {"availableStoppingPowerFiles": {"276": {"name": "Water.txt", "content": "1"}}}
    made["scoringManager"]["outputs"] = [output("o", "mesh", "Dose")]
    path, value = CHANGES[entry]
    made = set_path(made, path, value)
    if (entry, title) in FOR_ONE:
        made = set_path(made, *FOR_ONE[entry, title])
    return made


@pytest.mark.parametrize("entry", sorted(CHANGES))
@pytest.mark.parametrize("simulator", SIMULATORS, ids=lambda item: str(item.name))
def test_what_is_said_to_be_refused_is(simulator: Any, entry: str) -> None:
    said = rows()[entry][simulator.title]
    sent = project(entry, simulator.title)
    if not re.match(r"refused\b", said):
        simulator.convert(sent)
        return
    with pytest.raises(Unsupported) as refused:
        simulator.convert(sent)
    assert refused.value.field


def test_every_row_has_all_simulators_and_says_something() -> None:
    found = rows()
    assert len(found) > 25
    assert all(cell for cells in found.values() for cell in cells.values())
    assert set(CHANGES) <= set(found)
