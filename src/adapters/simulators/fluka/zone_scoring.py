"""Quantities in a zone: a USRBIN of one region, or the spectrum of a fluence as USRTRACK.

USRBIN: kind of mesh, quantity, unit, last region; then first region, and in its fourth field the
step. What it scores is not divided by the volume of the region. USRTRACK: bins of energy linear (1)
or logarithmic (-1), particle, unit, region, volume, number of bins; then the highest and the
lowest energy in GeV (manual, USRBIN and USRTRACK).
"""

from adapters.simulators.fluka.cards import Value
from adapters.simulators.fluka.regions import region_name
from adapters.simulators.fluka.score import (
    ALL_PARTICLES,
    DEPOSITED,
    FLUENCE,
    NAME,
    Score,
    multiplier,
    scored,
    unit_of,
)
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.native.zone_volumes import zone_volume
from adapters.simulators.project.model import DetectorGeometry, Modifier, Project, Quantity

BY_REGION = 12.0
"""Bins that are regions; shares what is scored along a step among those it crosses."""

GEV = 1e-3
NEUTRON, HEAVY_IONS = "NEUTRON", "HEAVYION"
LIGHTEST_HEAVY_ION = 3
MOST_BINS = 100_000
ENERGIES = ("E", "ENUC")
SINGLE_NUCLEONS = ("PROTON", "APROTON", "ANEUTRON")


def zone_score(project: Project, shape: DetectorGeometry, quantity: Quantity) -> Score | str:
    """Return how a quantity is scored in a zone, or why it can't be."""
    refusal = quantity_refusal(quantity, NAME, may_rescale=True, may_differ=True)
    if refusal:
        return refusal
    zones = [zone.uuid for zone in project.zone_manager.zones]
    index = zones.index(str(shape.parameters["zoneUuid"]))
    if quantity.modifiers:
        return _spectrum(project, index, quantity)
    what = scored(project, quantity)
    if isinstance(what, str):
        return what
    scale, unit = multiplier(quantity), unit_of(quantity)
    if what.particle == DEPOSITED["Energy"]:
        unit = "MeV"
    else:
        scale /= zone_volume(project, index)
    name = region_name(index)
    first: list[Value] = [BY_REGION, what.particle, name]
    second: list[Value] = [name, "", "", 1.0]
    return Score("USRBIN", first, second, what.filter, scale, unit)


def _spectrum(project: Project, index: int, quantity: Quantity) -> Score | str:
    """Return how a fluence is scored that is differential in energy."""
    refusal = _bins_refusal(quantity)
    if refusal:
        return refusal
    what = scored(project, quantity)
    if isinstance(what, str):
        return what
    particle = what.particle
    if isinstance(what.filter, int):
        atomic_number = -what.filter // 100 % 1000
        nucleons = -what.filter // 100_000
        if atomic_number < LIGHTEST_HEAVY_ION or not nucleons:
            return f"{NAME} has spectra of one kind of particle only"
        particle = HEAVY_IONS
    if particle in (ALL_PARTICLES, NEUTRON):
        return (
            f"{NAME} tells the energies of slow neutrons in groups of its own; "
            "a spectrum needs a filter for one other kind of particle"
        )
    modifier = quantity.modifiers[0]
    if modifier.diff_type != "E" and particle not in SINGLE_NUCLEONS:
        return f"{NAME} has spectra over E, the energy of the whole particle"
    kind = -1.0 if modifier.is_log else 1.0
    volume = zone_volume(project, index)
    bins = float(modifier.bins_number)
    first: list[Value] = [kind, particle, region_name(index), volume, bins]
    second = [modifier.upper_limit * GEV, modifier.lower_limit * GEV]
    return Score("USRTRACK", first, second, what.filter, multiplier(quantity))


def _bins_refusal(quantity: Quantity) -> str | None:
    if quantity.keyword != FLUENCE:
        return f"{NAME} scores {FLUENCE} differentially, not {quantity.keyword}"
    if len(quantity.modifiers) > 1:
        return f"{NAME} scores quantities that are differential once"
    (modifier,) = quantity.modifiers
    if modifier.diff_type not in ENERGIES:
        return f"{NAME} has spectra over E or ENUC, not {modifier.diff_type}"
    return _limits_refusal(modifier)


def _limits_refusal(modifier: Modifier) -> str | None:
    if not 1 <= modifier.bins_number <= MOST_BINS:
        return f"binsNumber must be from 1 to {MOST_BINS}"
    if not 0 <= modifier.lower_limit < modifier.upper_limit:
        return "lowerLimit must be from 0 MeV to below upperLimit"
    if modifier.is_log and modifier.lower_limit == 0:
        return "lowerLimit must be above 0 MeV where bins are logarithmic"
    return None
