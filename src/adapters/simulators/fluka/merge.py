"""Outputs of all tasks as estimators: which unit is which, the cards or the plan say."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from adapters.simulators.fluka.deck import Deck
from adapters.simulators.fluka.outcome import unit_of
from adapters.simulators.fluka.scoring import file_of
from adapters.simulators.fluka.tasks import read_deck
from adapters.simulators.native.numbers import whole
from adapters.simulators.scored_output.merging import read_with_pymchelper
from adapters.simulators.scored_output.plan import OUTPUTS, merge_by_file, merge_plan, read_plan
from adapters.simulators.scored_output.reading import check_files
from adapters.simulators.scored_output.scored_file import ScoredFile, ScoredPage
from application.ports.simulator import InputFiles, TaskOutput
from domain.errors import InvalidInput, SimulationFailed
from domain.estimator import Axis, Estimator

NAME = "fluka"
READABLE = ("USRBIN", "USRTRACK", "USRCOLL", "USRBDX")
UNIT_FIELD = 3
CONTINUED = "&"

MEV = 1000.0
"""A GeV in MeV."""

DENSITY_UNITS = {"ENERGY": "MeV/cm^3", "EM-ENRGY": "MeV/cm^3"}
"""Units of what FLUKA scores per volume; pymchelper leaves the volume out."""


def merge(outputs: Sequence[TaskOutput], files: InputFiles, deck: Deck) -> list[Estimator]:
    """Return the estimators of a project, or those of an input file named after its outputs."""
    if OUTPUTS in files:
        return merge_plan(read_plan(files[OUTPUTS]), outputs, find_file, NAME, _read)
    names = [file_of(unit) for unit in scored_units(deck)]
    if not names:
        kinds = ", ".join(READABLE)
        raise SimulationFailed(f"no unformatted output of {kinds} was asked for")
    found = merge_by_file(names, outputs, find_file, NAME, _read)
    return [replace(item, name=_file_name(outputs, item.name)) for item in found]


def check_outputs(paths: Sequence[Path], files: InputFiles) -> None:
    """Raise SimulationFailed if one of the files that will be merged is not whole."""
    units = scored_units(read_deck(files))
    check_files(path for path in paths if unit_of(path) in units)


def check_readable(deck: Deck, must_score: bool) -> None:
    """Refuse an input that scores only what can't be read, or nothing where it must score."""
    asked = [item for item in deck.cards if item.keyword in READABLE]
    if scored_units(deck) or not (asked or must_score):
        return
    kinds = ", ".join(READABLE)
    reason = f"{deck.name} scores nothing that can be read: a card of {kinds} is needed"
    shown = f"; there is {deck.shown(asked[0])}" if asked else ""
    raise InvalidInput("input_files", f"{reason} with a negative unit (unformatted){shown}")


def scored_units(deck: Deck) -> list[int]:
    """Return the units that can be read, in the order in which cards first name them."""
    units: dict[int, None] = {}
    for item in deck.cards:
        if item.keyword not in READABLE or CONTINUED in item.name:
            continue
        unit = whole(item.field(UNIT_FIELD).text)
        if unit is not None and unit < 0:
            units[-unit] = None
    return list(units)


def find_file(output: TaskOutput, name: str) -> Path | None:
    """Return the file of one task that was written to the unit in `name`."""
    for path in sorted(output.folder.iterdir()):
        unit = unit_of(path)
        if unit is not None and file_of(unit) == name:
            return path
    return None


def _file_name(outputs: Sequence[TaskOutput], name: str) -> str:
    found = (find_file(output, name) for output in outputs)
    return next((path.name for path in found if path is not None), name)


def _read(path: Path, primaries: int) -> ScoredFile:
    """Read a file, its energies in MeV."""
    found = read_with_pymchelper(path, primaries)
    return replace(found, pages=[_in_mev(page) for page in found.pages])


def _in_mev(page: ScoredPage) -> ScoredPage:
    page = replace(page, unit=DENSITY_UNITS.get(page.quantity, page.unit))
    if not any(axis.unit == "GeV" for axis in page.axes) and "GeV-1" not in page.unit:
        return page
    # Per GeV is a thousandth of that per MeV.
    unit, values = page.unit.replace("GeV-1", "MeV-1"), page.values / MEV
    return replace(page, unit=unit, values=values, axes=[_axis_in_mev(axis) for axis in page.axes])


def _axis_in_mev(axis: Axis) -> Axis:
    if axis.unit != "GeV":
        return axis
    return Axis("Kinetic energy", "MeV", [float(value) * MEV for value in axis.values])
