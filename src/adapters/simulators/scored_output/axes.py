"""The axes of a page: those of its detector and those of its differential bins."""

from collections.abc import Sequence
from typing import Any

from domain.estimator import Axis

DETECTOR_AXES = 3
NAMES_BY_UNIT = {
    "MeV": "Energy",
    "MeV/nucleon": "Energy per nucleon",
    "MeV/amu": "Energy per mass unit",
    "keV/um": "LET",
    "MeV/cm": "LET",
    "deg": "Angle",
    "rad": "Angle",
}
"""What differential bins are over: the files name the quantity wrong, the unit right."""


def axes_of(page: Any) -> list[Axis]:
    """Return the axes of a pymchelper page that have more than one bin, x before differential."""
    return [
        _axis(page, number, page.axis(number)) for number in range(5) if page.axis(number).n > 1
    ]


def _axis(page: Any, number: int, axis: Any) -> Axis:
    name, unit = str(axis.name), str(axis.unit)
    if number >= DETECTOR_AXES:
        unit = _differential_unit(page, number - DETECTOR_AXES) or unit
        name = name or NAMES_BY_UNIT.get(unit, "")
    return Axis(name, unit, axis.data.tolist())


def _differential_unit(page: Any, number: int) -> str:
    """Return the unit of differential bins, told as `unit of the value;first;second`.

    Versions of SHIELD-HIT12A before 1.1 swap that list with the unit of the value; pymchelper
    takes the first of the list, which is the unit of the value.
    """
    for text in (getattr(page, "page_diff_units", ""), getattr(page, "detector_unit", "")):
        parts: Sequence[str] = str(text).split(";")
        if len(parts) > number + 1:
            return parts[number + 1]
    return ""
