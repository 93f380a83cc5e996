"""Quantities in a mesh as USRBIN.

First card: kind of mesh, quantity, unit, upper ends; second: lower ends and numbers of bins. For
a cylinder the upper ends are radius, y of the axis and z; the lower ones radius, x of the axis
and z (manual, USRBIN).
"""

from adapters.simulators.fluka.cards import Value
from adapters.simulators.fluka.score import NAME, Score, multiplier, scored, unit_of
from adapters.simulators.native.scene_checks import quantity_refusal
from adapters.simulators.project.checks import bins, detector_half_sizes, length
from adapters.simulators.project.model import DetectorGeometry, Project, Quantity

CARTESIAN, CYLINDRICAL = 10.0, 11.0
"""Meshes without symmetry that share what is scored along a step among the bins it crosses."""


def mesh_score(project: Project, shape: DetectorGeometry, quantity: Quantity) -> Score | str:
    """Return how a quantity is scored in a Mesh or Cyl, or why it can't be."""
    if quantity.modifiers:
        return f"{NAME} scores differential quantities in zones only"
    what = scored(project, quantity)
    if isinstance(what, str):
        return what
    refusal = quantity_refusal(quantity, NAME, may_rescale=True) or _shape_refusal(shape)
    if refusal:
        return refusal
    x, y, z = shape.position
    half_x, half_y, half_z = detector_half_sizes(shape)
    low: list[Value] = [x - half_x, y - half_y, z - half_z]
    high: list[Value] = [x + half_x, y + half_y, z + half_z]
    counts = [float(bins(shape, f"{axis}Segments")) for axis in "xyz"]
    kind = CARTESIAN
    if shape.geometry_type == "Cyl":
        kind = CYLINDRICAL
        low[:2] = [length(shape, "innerRadius"), x]
        high[:2] = [length(shape, "radius"), y]
        counts[:2] = [float(bins(shape, "radialSegments")), 1.0]
    first: list[Value] = [kind, what.particle, *high]
    scale, unit = multiplier(quantity), unit_of(quantity)
    return Score("USRBIN", first, [*low, *counts], what.filter, scale, unit)


def _shape_refusal(shape: DetectorGeometry) -> str | None:
    if shape.geometry_type not in ("Mesh", "Cyl"):
        return f"{NAME} scores in zones and in detectors Mesh and Cyl, not {shape.geometry_type}"
    return f"{NAME} has no turned detectors" if any(shape.rotation) else None
