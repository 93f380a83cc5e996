"""The world around a scene, which the editor may leave to be calculated."""

import numpy as np

from adapters.simulators.project.geometry import PARAMETERS, Solid
from adapters.simulators.project.model import Project


def world_solid(project: Project) -> Solid:
    """Return the world's solid: as stored, or, where its size was left open, around all figures.

    The calculated world is a box, larger than the figures by the project's margin.
    """
    zone = project.zone_manager.world_zone
    stored = zone.geometry_data
    sizes = [stored.parameters.get(name, 0.0) for name in PARAMETERS[stored.geometry_type]]
    figures = project.figure_manager.figures
    if all(size > 0 for size in sizes) or not figures:
        return stored
    corners = [figure.geometry_data.bounds() for figure in figures]
    low = np.min([corner[0] for corner in corners], axis=0)
    high = np.max([corner[1] for corner in corners], axis=0)
    x, y, z = (float(value) for value in (low + high) / 2)
    width, height, depth = (float(value) for value in (high - low) * zone.margin_multiplier)
    parameters = {"width": width, "height": height, "depth": depth}
    return Solid("BoxGeometry", (x, y, z), parameters)
