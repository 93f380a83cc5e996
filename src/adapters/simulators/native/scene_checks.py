"""What simulators can't do with a project, as several of them can't: refused by its name."""

import math

import numpy as np

from adapters.simulators.project.geometry import Solid
from adapters.simulators.project.model import Project, Quantity
from adapters.simulators.project.source import Beam
from adapters.simulators.project.world import world_solid
from domain.errors import Unsupported

OFF = frozenset({"no straggling", "no scattering"})
MANAGER_FIELDS = frozenset({"metadata", "name", "type", "uuid"})
SPREADS = 5.0
UNUSED_LOW, UNUSED_HIGH = 1e-3, 1000.0
LEAST_LEFT = 1e-3
"""Share of a spectrum that a cut must leave: engines draw energies until one fits."""


def check_physics(project: Project, simulator: str) -> None:
    """Refuse switched-off physics and special components."""
    if not project.physic.enable_nuclear_reactions:
        raise Unsupported(
            "physic.enableNuclearReactions", f"{simulator} is run with nuclear reactions only"
        )
    for field, value in (
        ("energyModelStraggling", project.physic.energy_model_straggling),
        ("multipleScattering", project.physic.multiple_scattering),
    ):
        if value.lower() in OFF:
            raise Unsupported(f"physic.{field}", f"{simulator} is run with it switched on only")
    for name, part in project.special_components_manager.items():
        if part and name not in MANAGER_FIELDS:
            raise Unsupported(f"specialComponentsManager.{name}", f"{simulator} has no {name}")


def check_source(beam: Beam, simulator: str) -> None:
    """Refuse sources from files and focused beams."""
    if beam.source_type != "simple":
        raise Unsupported("beam.sourceType", f"{simulator} takes a simple source only")
    if beam.divergence.distance_to_focal:
        raise Unsupported("beam.divergence.distanceToFocal", f"{simulator} has no focused beams")


def check_highest_energy(beam: Beam, nucleons: int, highest: float, simulator: str) -> None:
    """Refuse energies above those a simulator knows; `highest` is in MeV of the whole particle."""
    energy = beam.energy * beam.energy_scale(nucleons)
    if energy > highest:
        known = f"{simulator} knows energies up to {highest:g} MeV"
        raise Unsupported("beam.energy", f"{known} for a particle, not {energy:g} MeV")


def check_cutoffs(beam: Beam, simulator: str) -> None:
    """Refuse cuts into the beam's spectrum; limits that it does not reach change nothing.

    Nor does the limit that the editor sets by itself, and hides in projects for these simulators.
    """
    reach = SPREADS * beam.energy_spread
    if beam.energy_low_cutoff > UNUSED_LOW and beam.energy_low_cutoff > beam.energy - reach:
        raise Unsupported("beam.energyLowCutoff", f"{simulator} can't cut the beam's spectrum")
    if beam.energy_high_cutoff < beam.energy + reach and not _is_default(beam):
        raise Unsupported("beam.energyHighCutoff", f"{simulator} can't cut the beam's spectrum")


def _is_default(beam: Beam) -> bool:
    """Return whether nobody set the upper limit; the editor divides it by the nucleons too."""
    nucleons = beam.particle.a or 1
    return beam.energy_high_cutoff in (UNUSED_HIGH, UNUSED_HIGH / nucleons, UNUSED_HIGH * nucleons)


def energy_window(beam: Beam, nucleons: int) -> tuple[float, float]:
    """Return the cuts of the beam's spectrum in its unit of energy.

    The upper limit that the editor sets by itself is one per nucleon.
    """
    low, high = beam.energy_low_cutoff, beam.energy_high_cutoff
    if high == UNUSED_HIGH < beam.energy and nucleons > 1:
        return low, high * nucleons
    return low, high


def check_window(beam: Beam, nucleons: int) -> None:
    """Refuse cuts that leave next to nothing: the engine would draw energies for ever."""
    low, high = energy_window(beam, nucleons)
    unit = "MeV" if nucleons == 1 else beam.energy_unit
    if beam.energy > high:
        raise Unsupported(
            "beam.energyHighCutoff",
            f"{high:g} {unit} is below the beam's energy, {beam.energy:g} {unit}: raise it",
        )
    if beam.energy < low:
        raise Unsupported(
            "beam.energyLowCutoff",
            f"{low:g} {unit} is above the beam's energy, {beam.energy:g} {unit}: lower it",
        )
    if beam.energy_spread > 0 and _left(beam, low, high) < LEAST_LEFT:
        raise Unsupported(
            "beam.energyHighCutoff", "the cuts leave less than a thousandth of the spectrum"
        )


def _left(beam: Beam, low: float, high: float) -> float:
    """Return the share of the Gaussian between the cuts."""
    below, above = (
        math.erf((end - beam.energy) / beam.energy_spread / math.sqrt(2)) / 2 for end in (low, high)
    )
    return above - below


def check_start(project: Project, simulator: str, world: Solid | None = None) -> None:
    """Refuse a beam that starts outside the world, where there is nothing to fly through."""
    start = np.array(project.beam.position, dtype=np.float64)[:, None]
    if not (world or world_solid(project)).contains(start).all():
        raise Unsupported(
            "beam.position", f"{simulator} needs a beam that starts inside the world zone"
        )


def check_no_geant4_figures(project: Project, simulator: str) -> None:
    """Refuse scenes that were drawn for Geant4: their figures carry materials, not zones."""
    for index, figure in enumerate(project.figure_manager.figures):
        if figure.of_geant4:
            reason = f"is of a scene for Geant4; {simulator} takes figures joined to zones"
            raise Unsupported(f"figureManager.figures[{index}]", f"figure {figure.name!r} {reason}")


def quantity_refusal(
    quantity: Quantity, simulator: str, *, may_rescale: bool = False, may_differ: bool = False
) -> str | None:
    """Return why a quantity can't be scored, as far as that holds for all of them."""
    if not may_rescale and (quantity.rescale not in (None, 1) or quantity.primaries):
        return f"{simulator} does not rescale"
    if quantity.offset:
        return f"{simulator} adds no offset"
    if quantity.material_uuid is not None:
        return f"{simulator} scores in the material there is"
    if quantity.modifiers and not may_differ:
        return f"{simulator} scores no differential quantities"
    return None
