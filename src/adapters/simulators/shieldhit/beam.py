"""beam.dat: the source and the transport models."""

from collections.abc import Iterator

from adapters.simulators.native.scene_checks import check_start, check_window, energy_window
from adapters.simulators.project.filters import Particle
from adapters.simulators.project.model import Project
from adapters.simulators.project.source import Beam
from adapters.simulators.project.spot import polar_angles
from adapters.simulators.shieldhit.modulator import Modulator
from adapters.simulators.shieldhit.numbers import decimal, plain
from adapters.simulators.shieldhit.vocabulary import NUCLEI, TRANSPORTED
from domain.errors import InvalidInput, Unsupported

SOBP = "sobp.dat"
HEAVY_ION = 25
SEED = 89736501
"""The seed of every project; the offset of a task is given on the command line."""

STRAGGLING = {"no straggling": 0, "gaussian": 1, "vavilov": 2}
SCATTERING = {"no scattering": 0, "gaussian": 1, "moliere": 2}
LOWEST_A, HIGHEST_A = 1, 300


def check_beam(project: Project) -> None:
    """Refuse beams that SHIELD-HIT12A has nothing for."""
    _check_particle(project.beam.particle)
    for field, value, known in (
        ("energyModelStraggling", project.physic.energy_model_straggling, STRAGGLING),
        ("multipleScattering", project.physic.multiple_scattering, SCATTERING),
    ):
        if value.lower() not in known:
            raise InvalidInput(f"physic.{field}", f"must be one of {', '.join(known)}")
    if not 0 < project.physic.energy_loss < 1:
        raise InvalidInput("physic.energyLoss", "must be between 0 and 1")
    if project.beam.sad.type not in ("none", "single", "double"):
        raise InvalidInput("beam.sad.type", "must be none, single or double")
    _check_source(project.beam)
    if project.beam.source_type == "simple":
        check_window(project.beam, _nucleons(project.beam))
        check_start(project, "SHIELD-HIT12A")


def _check_particle(particle: Particle) -> None:
    if particle.id not in TRANSPORTED:
        reason = f"SHIELD-HIT12A can't start with {particle.name or particle.id}"
        raise Unsupported("beam.particle", reason)
    a, z = particle.a or 0, particle.z or 0
    if particle.id == HEAVY_ION and not (LOWEST_A <= a <= HIGHEST_A and 1 <= z <= a):
        raise InvalidInput("beam.particle", "a heavy ion needs `a` from 1 and `z` from 1 to a")


def _check_source(beam: Beam) -> None:
    if beam.source_type not in ("simple", "file"):
        raise InvalidInput("beam.sourceType", "must be simple or file")
    if beam.source_type == "file" and not beam.source_file.value.strip():
        raise InvalidInput("beam.sourceFile.value", "is empty; a source file holds the spots")
    square = beam.sigma.type == "Flat square"
    if square and (beam.sigma.x == 0) != (beam.sigma.y == 0):
        reason = "SHIELD-HIT12A takes a square with two sides: set both half-sides above 0"
        raise Unsupported("beam.sigma", reason)


def beam_dat(project: Project, modulator: Modulator | None) -> str:
    """Return the text of beam.dat."""
    return "\n".join(["", *_lines(project, modulator), ""])


def beam_files(project: Project) -> dict[str, bytes]:
    """Return the file of a beam that is given as one."""
    if project.beam.source_type != "file":
        return {}
    return {SOBP: project.beam.source_file.value.encode()}


def _lines(project: Project, modulator: Modulator | None) -> Iterator[str]:
    yield from _particle_lines(project.beam)
    yield from _transport_lines(project)
    if modulator is not None:
        yield from modulator.lines()
    yield from _place_lines(project.beam)
    loss = plain(project.physic.energy_loss)
    yield _line("DELTAE", loss, "relative mean energy loss per transportation step")
    if project.beam.source_type == "file":
        yield _line("USECBEAM", SOBP, "Use custom beam source file")


def _particle_lines(beam: Beam) -> Iterator[str]:
    particle = beam.particle
    name = f" ({' '.join(particle.name.split())})" if particle.name else ""
    yield _line("RNDSEED", SEED, "Random seed")
    yield _line("JPART0", particle.id, f"Incident particle type{name}")
    if particle.id == HEAVY_ION:
        yield _line("HIPROJ", f"{particle.a} {particle.z}", "A and Z of the heavy ion")
    per_nucleon = _per_nucleon(beam)
    energy = f"{decimal(beam.energy * per_nucleon)} {decimal(beam.energy_spread * per_nucleon)}"
    yield _line("TMAX0", energy, "Incident energy and energy spread; both in (MeV/nucl)")
    limits = energy_window(beam, _nucleons(beam))
    cutoffs = " ".join(plain(limit * per_nucleon) for limit in limits)
    yield _line("TCUT0", cutoffs, "energy cutoffs [MeV]")


def _transport_lines(project: Project) -> Iterator[str]:
    physic = project.physic
    straggling = STRAGGLING[physic.energy_model_straggling.lower()]
    scattering = SCATTERING[physic.multiple_scattering.lower()]
    nuclear = int(physic.enable_nuclear_reactions)
    yield _line("NSTAT", f"{project.beam.number_of_particles} 0", "NSTAT, Step of saving")
    yield _line("STRAGG", straggling, "Straggling: 0-Off 1-Gauss, 2-Vavilov")
    yield _line("MSCAT", scattering, "Mult. scatt 0-Off 1-Gauss, 2-Moliere")
    yield _line("NUCRE", nuclear, "Nucl.Reac. switcher: 1-ON, 0-OFF")


def _place_lines(beam: Beam) -> Iterator[str]:
    theta, phi = polar_angles(beam.direction)
    yield _line("BEAMPOS", " ".join(map(plain, beam.position)), "Position of the beam")
    yield _line("BEAMDIR", f"{decimal(theta)} {decimal(phi)}", "Direction of the beam")
    yield _line("BEAMSIGMA", " ".join(map(plain, _extension(beam))), "Beam extension")
    yield from _spread(beam)


def _line(keyword: str, value: object, comment: str) -> str:
    return f"{keyword:<15} {value!s:<12} ! {comment}"


def _per_nucleon(beam: Beam) -> float:
    """Return what makes the energies those per nucleon, which SHIELD-HIT12A takes of nuclei."""
    nucleons = _nucleons(beam)
    return beam.energy_scale(nucleons) / nucleons


def _nucleons(beam: Beam) -> int:
    if beam.particle.id == HEAVY_ION:
        return beam.particle.a or 1
    return NUCLEI.get(beam.particle.id, (0, 1))[1]


def _extension(beam: Beam) -> tuple[float, float]:
    """Return the numbers (cm) by which SHIELD-HIT12A tells shapes apart.

    Both positive: standard deviations; both negative: half-sides of a square; only the second
    negative: its absolute value is the radius of a circle, and the first must be above zero.
    """
    x, y = beam.sigma.x, beam.sigma.y
    if beam.sigma.type == "Flat square":
        return -x, -y
    if beam.sigma.type == "Flat circular":
        return (1.0, -y) if y else (0.0, 0.0)
    return x, y


def _spread(beam: Beam) -> Iterator[str]:
    spread = beam.divergence
    if spread.x or spread.y:
        numbers = " ".join(map(plain, (spread.x, spread.y, spread.distance_to_focal)))
        yield _line("BEAMDIV", numbers, "Divergence [mrad], distance to the focal point [cm]")
    if beam.sad.type != "none":
        second = f" {plain(beam.sad.y)}" if beam.sad.type == "double" else ""
        yield _line("BEAMSAD", f"{plain(beam.sad.x)}{second}", "BEAMSAD value [cm]")
