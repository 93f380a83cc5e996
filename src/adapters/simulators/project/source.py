"""The source of primaries as the editor writes it. Lengths in cm, energies in MeV."""

from typing import Literal

import msgspec

from adapters.simulators.project.filters import Particle
from adapters.simulators.project.geometry import Vector


class _Part(msgspec.Struct, rename="camel", frozen=True):
    """A part of the source; fields we don't know are the editor's own business."""


class Sigma(_Part, frozen=True):
    """Shape of the spot: standard deviations, halves of the sides, or the radius in y."""

    type: Literal["Gaussian", "Flat square", "Flat circular"] = "Gaussian"
    x: float = 0.0
    y: float = 0.0


class SourceDistance(_Part, frozen=True):
    """Distance between a point source and the beam's position.

    It counts for spots from a file alone: the editor hides it, and keeps it, for a single spot.
    """

    type: str = "none"
    x: float = 0.0
    y: float = 0.0


class Divergence(_Part, frozen=True):
    """Spread of directions (mrad) and the distance to the focal point."""

    x: float = 0.0
    y: float = 0.0
    distance_to_focal: float = 0.0


class SourceFile(_Part, frozen=True):
    """A file of the user, by name and text."""

    name: str = ""
    value: str = ""


class Beam(_Part, frozen=True):
    """The source; energies per nucleon, or of the whole particle where `energy_unit` is MeV."""

    energy: float
    position: Vector
    direction: Vector
    number_of_particles: int
    particle: Particle
    energy_spread: float = 0.0
    energy_low_cutoff: float = 0.0
    energy_high_cutoff: float = 1000.0
    sigma: Sigma = Sigma()
    sad: SourceDistance = SourceDistance()
    divergence: Divergence = Divergence()
    source_type: str = "simple"
    source_file: SourceFile = SourceFile()
    energy_unit: str = "MeV/nucl"

    def energy_scale(self, nucleons: int) -> float:
        """Return what makes MeV per particle of the beam's energies."""
        return 1.0 if self.energy_unit == "MeV" else float(nucleons)
