"""How a spot lies around a beam of any direction: one rule for all simulators.

The spot is drawn for a beam along z, where its x and y are those of the scene. For another
direction it is turned by the direction's polar angle about y, then by its azimuth about z, as
SHIELD-HIT12A turns it with BEAMDIR: the matrix is Rz(azimuth)·Ry(polar).
"""

import math

import numpy as np

from adapters.simulators.project.geometry import Points, Vector

ALONG_Z = 1e-9
"""Sine of the polar angle below which a beam runs along z, so that it has no azimuth."""


def polar_angles(direction: Vector) -> tuple[float, float]:
    """Return the polar angle (0 to 180) and the azimuth (0 to 360) of a direction in degrees."""
    x, y, z = direction
    length, across = math.hypot(x, y, z), math.hypot(x, y)
    polar = math.degrees(math.atan2(across, z))
    if across < ALONG_Z * length:
        return (0.0 if z > 0 else 180.0), 0.0
    return polar, math.degrees(math.atan2(y, x)) % 360.0


def spot_axes(direction: Vector) -> Points:
    """Return the axes of the spot in the scene as columns: its x, its y and the beam's direction.

    Shape (3, 3), a rotation.
    """
    polar, azimuth = np.radians(polar_angles(direction))
    (cp, sp), (ca, sa) = (np.cos(polar), np.sin(polar)), (np.cos(azimuth), np.sin(azimuth))
    about_y = np.array([[cp, 0, sp], [0, 1, 0], [-sp, 0, cp]])
    about_z = np.array([[ca, -sa, 0], [sa, ca, 0], [0, 0, 1]])
    return np.asarray(np.round(about_z @ about_y, 15) + 0.0, dtype=np.float64)


def is_round(x: float, y: float) -> bool:
    """Return whether a spot of these sizes is the same however it is turned about the beam."""
    return math.isclose(x, y, rel_tol=1e-12, abs_tol=0.0)
