"""Find the depth-dose curve among results: a dose along the beam, where the beam goes through."""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from adapters.simulators.project.model import DetectorGeometry, Project
from adapters.simulators.project.reading import read_project
from application.ports.result_repository import StoredEstimator
from application.reading.depth_dose_summary import LETTERS, Beam, DepthDoseCurve
from domain.errors import InvalidInput, Unsupported

PARALLEL = 1e-3
"""How far from an axis of the lab (rad) a beam may travel for a curve along it to be of depth."""


class _Axis(msgspec.Struct):
    """One axis of a page, as far as a curve needs it."""

    name: str
    values: list[float]


class _Data(msgspec.Struct):
    """The values of a page and their standard errors; null is not known."""

    name: str
    values: list[float | None]
    errors: list[float | None] | None = None


class _Page(msgspec.Struct):
    """A page as in the wire contract, as far as a curve needs it."""

    data: _Data
    axis_dim1: _Axis | None = None


def depth_dose_curve(
    estimators: Sequence[StoredEstimator], document: Mapping[str, object] | None
) -> DepthDoseCurve | None:
    """Return the first depth-dose curve that shows a peak, else the first one, None without any.

    `document` is the project; without one (plain input files) the beam is taken to travel to
    larger z, as the editor has it unless told otherwise.
    """
    project = _project(document)
    beam = Beam(2, True) if project is None else _beam(project)
    if beam is None:
        return None
    found = list(_curves(estimators, project, beam))
    first = found[0] if found else None
    return next((item for item in found if item.summary().at_edge is None), first)


def _project(document: Mapping[str, object] | None) -> Project | None:
    if document is None:
        return None
    try:
        return read_project(document)
    except (InvalidInput, Unsupported):
        return None


def _beam(project: Project) -> Beam | None:
    direction = project.beam.direction
    length = math.hypot(*direction)
    for axis in range(3):
        if abs(direction[axis]) / length > math.cos(PARALLEL):
            return Beam(axis, direction[axis] > 0)
    return None


def _curves(
    estimators: Sequence[StoredEstimator], project: Project | None, beam: Beam
) -> Iterator[DepthDoseCurve]:
    for estimator in estimators:
        if project is not None and not _is_crossed(project, estimator.name, beam):
            continue
        for stored in estimator.pages:
            if stored.dimensions == 1:
                page = msgspec.json.decode(stored.body, type=_Page)
                curve = _curve(estimator.name, page, beam)
                if curve is not None:
                    yield curve


def _curve(output: str, page: _Page, beam: Beam) -> DepthDoseCurve | None:
    axis, data = page.axis_dim1, page.data
    if axis is None or data.name.upper() != "DOSE" or len(axis.values) < 3:
        return None
    if not _runs_along(axis.name, LETTERS[beam.axis]) or not any(data.values):
        return None
    doses = [math.nan if value is None else value for value in data.values]
    errors = None
    if data.errors is not None:
        errors = [math.inf if item is None else item for item in data.errors]
    if any(math.isnan(value) for value in doses):
        return None
    return DepthDoseCurve(output, beam, axis.values, doses, errors)


def _runs_along(name: str, letter: str) -> bool:
    words = name.replace("(", " ").replace(")", " ").replace("[", " ").split()
    return letter.upper() in words


def _is_crossed(project: Project, output: str, beam: Beam) -> bool:
    """Return whether the beam's axis runs through the detector of an output.

    Names of outputs that the project does not know say nothing of it: those count.
    """
    known = {item.name: item.detector_uuid for item in project.scoring_manager.outputs}
    detector = project.detectors().get(str(known.get(output)))
    if detector is None:
        return output not in known
    across = [axis for axis in range(3) if axis != beam.axis]
    shape, start = detector.geometry_data, project.beam.position
    off = [start[axis] - shape.position[axis] for axis in across]
    return all(abs(value) <= _reach(shape, axis) for value, axis in zip(off, across, strict=True))


def _reach(shape: DetectorGeometry, axis: int) -> float:
    """Return half of what a detector takes up along an axis; one that is everywhere has no end."""
    names = {"Mesh": ("width", "height", "depth"), "Cyl": ("radius", "radius", "depth")}
    name = names.get(shape.geometry_type)
    if name is None:
        return math.inf
    size = shape.parameters.get(name[axis], 0.0)
    whole = float(size) if isinstance(size, int | float) else 0.0
    return whole if name[axis] == "radius" else whole / 2
