"""What pymchelper's reader of FLUKA's files leaves out.

It gives all binnings of a file the mesh of the last one, and takes groups of slow neutrons, which
FLUKA writes beside the bins of a spectrum, for values too many.
"""

import copy
from typing import Any

from pymchelper.axis import AxisDescription, MeshAxis
from pymchelper.flair.Data import Usrbin, UsrTrack
from pymchelper.readers.fluka import UsrbinScoring

FLUKA = "fluka_binary"
LINEAR = MeshAxis.BinningType.linear


def complete(path: str, found: Any) -> None:
    """Give the pages of a FLUKA file what is theirs; files of others are left alone."""
    if found.file_format != FLUKA:
        return
    for reader, correct in ((Usrbin, _own_mesh), (UsrTrack, _with_groups)):
        try:
            detectors = reader(path).detector
        except OSError:
            continue
        for page, detector in zip(found.pages, detectors, strict=True):
            correct(page, detector)
        return


def _own_mesh(page: Any, detector: Any) -> None:
    page.estimator = copy.copy(page.estimator)
    told = UsrbinScoring.get_axes_description(detector.type)
    page.estimator.x = _axis(detector.nx, detector.xlow, detector.xhigh, told.x)
    page.estimator.y = _axis(detector.ny, detector.ylow, detector.yhigh, told.y)
    page.estimator.z = _axis(detector.nz, detector.zlow, detector.zhigh, told.z)


def _axis(count: int, low: float, high: float, told: AxisDescription) -> MeshAxis:
    return MeshAxis(count, low, high, told.name, told.unit, LINEAR)


def _with_groups(page: Any, detector: Any) -> None:
    """Number bins and groups where there are both: their energies are no one axis."""
    if detector.ngroup:
        count = detector.ne + detector.ngroup
        name = "Energy bin or group of neutrons"
        page.diff_axis1 = MeshAxis(count, 0.5, count + 0.5, name, "", LINEAR)
