"""The input file of a project."""

from adapters.simulators.fluka.beam import beam_cards, check_beam, title
from adapters.simulators.fluka.bodies import Body, body
from adapters.simulators.fluka.cards import card, count
from adapters.simulators.fluka.materials import materials_of
from adapters.simulators.fluka.regions import region_lines, region_name
from adapters.simulators.fluka.scoring import Scoring
from adapters.simulators.native.scene_checks import (
    check_no_geant4_figures,
    check_physics,
    check_start,
)
from adapters.simulators.project.geometry import Solid
from adapters.simulators.project.model import Project
from adapters.simulators.project.world import world_solid

NAME = "FLUKA"
FILE = "fl_sim.inp"
DEFAULT_SEED = 137
MARGIN = 10.0
"""cm of black hole around the world."""


def check_project(project: Project) -> None:
    """Refuse by name what FLUKA is not asked for here."""
    check_beam(project.beam)
    check_physics(project, NAME)
    check_no_geant4_figures(project, NAME)
    check_start(project, NAME)


def project_text(project: Project, scoring: Scoring) -> str:
    """Return the input; each part begins with a comment that says what it is."""
    materials = materials_of(project)
    regions = [region_name(index) for index in range(len(project.zone_manager.zones))]
    assigned = [*zip(materials.names, [*regions, "world"], strict=True), ("BLCKHOLE", "boundary")]
    lines = [
        "TITLE",
        title(project.beam),
        "* default physics settings for hadron therapy",
        card("DEFAULTS", name="HADROTHE"),
        *beam_cards(project.beam),
        "* geometry description starts here",
        card("GEOBEGIN", name="COMBNAME"),
        "    0    0",
        *_geometry(project),
        "GEOEND",
        *materials.cards,
        *(card("ASSIGNMA", [material, region]) for material, region in assigned),
        "* generated scoring cards",
        *scoring.cards,
        "* random number generator settings",
        card("RANDOMIZ", ["", str(DEFAULT_SEED)]),
        "* number of particles to simulate",
        card("START", [count(project.beam.number_of_particles)]),
        "STOP",
    ]
    return "\n".join(lines) + "\n"


def _geometry(project: Project) -> list[str]:
    bodies: dict[str, Body] = {}
    for index, figure in enumerate(project.figure_manager.figures):
        bodies[figure.uuid] = body(f"fig{index}", figure.geometry_data)
    world = world_solid(project)
    around = [body("figworld", _solid(world)), body("figbound", _solid(world, MARGIN))]
    lines = [line for item in [*bodies.values(), *around] for line in item.lines]
    return [*lines, "END", *region_lines(project, bodies), "END"]


def _solid(world: Solid, margin: float = 0.0) -> Solid:
    """Return the world without a hole, larger by a margin on every side."""
    sizes = {
        name: value + (margin if name == "radius" else 2 * margin)
        for name, value in world.parameters.items()
        if name != "innerRadius"
    }
    return Solid(world.geometry_type, world.position, sizes, world.rotation)
