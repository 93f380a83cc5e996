"""What only scenes that were drawn for Geant4 have."""

import msgspec


class SimulationMaterial(msgspec.Struct, frozen=True):
    """The material of a figure in a scene for Geant4; the editor's names have underscores."""

    geant4_name: str
    icru: int = 0
    density: float = 0.0
    name: str = ""
