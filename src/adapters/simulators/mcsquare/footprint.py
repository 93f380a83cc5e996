"""Where the beam comes in: the image must be wide enough for every primary to meet it."""

import numpy as np

from adapters.simulators.mcsquare.beam import spot_radius, unit_direction
from adapters.simulators.project.geometry import Points
from adapters.simulators.project.model import Project
from adapters.simulators.project.world import world_solid
from domain.errors import InvalidInput, Unsupported

WIDEST = 3.0
"""How many times the world's own extent a spot may reach, before voxels become too coarse."""


def beam_footprint(project: Project) -> tuple[Points, Points]:
    """Return the corners (cm) of a box around the disc through which all primaries come.

    The engine drops primaries whose path misses the image, which would bias every result: the
    tails of a spot wider than the world need some emptiness beside it. InvalidInput for a beam
    whose axis misses the world, Unsupported for a spot that is far wider.
    """
    direction = unit_direction(project.beam)
    low, high = world_solid(project).bounds()
    centre = np.array(project.beam.position) + direction * _depth(project, low, high)
    reach = spot_radius(project.beam) * np.sqrt(np.maximum(0.0, 1 - direction**2))
    if np.any(reach > WIDEST * (high - low)):
        raise Unsupported("beam.sigma", "MCsquare takes no spot so much wider than the world")
    return centre - reach, centre + reach


def _depth(project: Project, low: Points, high: Points) -> float:
    """Return where on the beam's axis to look: halfway through the world, or at its start inside.

    The world counts as the box around it (slab method: A. Williams et al., An efficient and
    robust ray-box intersection algorithm, 2005).
    """
    start, direction = np.array(project.beam.position), unit_direction(project.beam)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        planes = np.sort(np.stack([(low - start) / direction, (high - start) / direction]), axis=0)
    # Along an axis the beam does not move on, it is inside for ever or never.
    still = direction == 0
    inside = (start >= low) & (start <= high)
    planes[:, still] = np.where(inside[still], [[-np.inf], [np.inf]], [[np.inf], [-np.inf]])
    enters, leaves = float(planes[0].max()), float(planes[1].min())
    if leaves <= max(enters, 0.0):
        raise InvalidInput("beam.position", "the beam starts beside or behind the world: it misses")
    return 0.0 if enters <= 0 else (enters + leaves) / 2
