"""Parts of a project that no simulator has a reason to refuse."""

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
