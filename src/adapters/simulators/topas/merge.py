"""Outputs of all tasks as estimators: a file tells its scorer, the input which scorer is which."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from adapters.simulators.native.numbers import real, whole
from adapters.simulators.project.geometry import Vector
from adapters.simulators.scored_output.plan import OUTPUTS, merge_by_file, merge_plan, read_plan
from adapters.simulators.scored_output.scored_file import ScoredFile
from adapters.simulators.topas.csv_output import AVERAGE, SUM, read_csv
from adapters.simulators.topas.parameters import Parameter, ParameterFiles
from application.ports.simulator import InputFiles, TaskOutput
from application.submission.file_names import check_file_names
from domain.errors import InvalidInput, SimulationFailed
from domain.estimator import Axis, Estimator, Page

NAME = "topas"
AXES = {
    "X": ("Position (X)", "X"), "Y": ("Position (Y)", "Y"), "Z": ("Position (Z)", "Z"),
    "R": ("Radius (R)", ""), "Phi": ("Angle (PHI)", ""),
}  # fmt: skip
"""What an axis of the file is called here, and the shift of its component that moves it."""

FILE_NAMES = (
    r".*/(?:OutputFile|PhaseSpaceFileName|FileName|InputFile|InputDirectory|DicomDirectory)"
)
"""Parameters that name files."""

CENTRE = "# middle of the world in the scene:"
"""A comment that leads from TOPAS's coordinates to the project's, where they differ."""

RUNS = r"Tf/NumberOfSequentialTimes"

ENERGY_UNIT = "MeV"
HALF = {"X": "HLX", "Y": "HLY", "Z": "HLZ"}
CENTIMETRES = {"cm": 1.0, "mm": 0.1, "m": 100.0}


def merge(outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
    """Return the estimators of a project, or those of a parameter file named after its files."""
    found = ParameterFiles(files)
    runs = _runs(found)

    def read(path: Path, primaries: int) -> ScoredFile:
        return read_csv(path, primaries * runs)

    if OUTPUTS in files:
        made = merge_plan(read_plan(files[OUTPUTS]), outputs, find_file, NAME, read)
        shift = world_centre(found)
        return [
            replace(item, pages=[_placed(page, found, shift) for page in item.pages])
            for item in made
        ]
    names = scored_files(found)
    if not names:
        raise SimulationFailed("no scorer writes a CSV file that reports a Mean or a Sum")
    return merge_by_file(names, outputs, find_file, NAME, read)


def check_outputs(paths: Sequence[Path], files: InputFiles) -> None:
    """Raise SimulationFailed if one of the files that will be merged is not whole."""
    names = scored_files(ParameterFiles(files))
    for path in paths:
        if path.name in names:
            read_csv(path, 1)


def scored_files(found: ParameterFiles) -> list[str]:
    """Return the CSV files that can be merged, in the order of their scorers in the input."""
    files: dict[str, None] = {}
    for item in found.named(r"Sc/[^/]+/Quantity"):
        scorer = item.name.split("/")[1]
        if not _reports(found, scorer) or _text(found, scorer, "OutputType", "csv") != "csv":
            continue
        name = _text(found, scorer, "OutputFile", scorer, lower=False)
        # TOPAS adds the ending to any name, one that has it already included.
        files[f"{name}.csv"] = None
    return list(files)


def check_scorers(files: InputFiles) -> None:
    """Refuse scorers whose results could not be read; InvalidInput names the first."""
    found = ParameterFiles(files)
    check_names(found)
    for item in found.named(r"Sc/[^/]+/Quantity"):
        scorer = item.name.split("/")[1]
        if _text(found, scorer, "OutputType", "csv") != "csv":
            raise InvalidInput(f"Sc/{scorer}/OutputType", 'must be "csv"')
        if not _reports(found, scorer):
            reason = f'must hold "{AVERAGE}" or "{SUM}": nothing else can be merged over tasks'
            raise InvalidInput(f"Sc/{scorer}/Report", reason)
        if _text(found, scorer, "OutputAfterRun", "false") == "true":
            raise InvalidInput(f"Sc/{scorer}/OutputAfterRun", "must be false: one file is read")


def check_scored(files: InputFiles) -> None:
    """Refuse parameter files without a scorer whose results can be read."""
    if not scored_files(ParameterFiles(files)):
        reason = 'no scorer (s:Sc/NAME/Quantity) writes a CSV file that reports a "Mean" or a "Sum"'
        raise InvalidInput("input_files", reason)


def check_names(found: ParameterFiles) -> None:
    """Refuse files of the user that lead out of their folder; InvalidInput names the parameter."""
    for name in found.included:
        check_file_names([name], "includeFile")
    for item in found.named(FILE_NAMES):
        check_file_names([item.text], item.name)


def find_file(output: TaskOutput, name: str) -> Path | None:
    """Return a task's file of this name."""
    path = output.folder / Path(name).name
    return path if path.is_file() else None


def _runs(found: ParameterFiles) -> int:
    """Return how often the sources' histories are run: time features repeat them."""
    items = found.named(RUNS)
    return max(1, whole(items[0].value) or 1) if items else 1


def _reports(found: ParameterFiles, scorer: str) -> bool:
    """Say whether a scorer reports what means can be made of; by itself it reports sums."""
    words = _text(found, scorer, "Report", SUM).split()
    return bool({SUM.lower(), AVERAGE.lower()} & set(words))


def _text(found: ParameterFiles, scorer: str, word: str, default: str, lower: bool = True) -> str:
    items: Sequence[Parameter] = found.named(f"Sc/{scorer}/{word}".replace("+", r"\+"))
    text = items[0].text if items else default
    return text.lower() if lower else text


def world_centre(found: ParameterFiles) -> Vector:
    """Return where the middle of the world is in the project's coordinates, in cm."""
    for line in found.texts[found.main].lines:
        values = [real(word) for word in line.removeprefix(CENTRE).split()[:3]]
        if line.startswith(CENTRE) and len(values) == 3:
            x, y, z = (value or 0.0 for value in values)
            return x, y, z
    return 0.0, 0.0, 0.0


def _placed(page: Page, found: ParameterFiles, centre: Vector) -> Page:
    """Return a page whose axes count from where the scene does, not from the component's edge."""
    scorer = page.metadata.get("title", "")
    component = _text(found, scorer, "Component", "", lower=False)
    values = {item.name: item.value for item in found.named(f"Ge/({component}|World)/[^/]+")}
    axes = [_axis(axis, component, values, centre) for axis in page.axes]
    return replace(page, name=page.name, axes=axes)


def _axis(axis: Axis, component: str, values: Mapping[str, str], centre: Vector) -> Axis:
    name, shift = AXES.get(axis.name, (axis.name, ""))
    if axis.unit not in CENTIMETRES:
        energy = axis.unit == ENERGY_UNIT
        return Axis("Kinetic energy" if energy else name, axis.unit, axis.values)
    start = 0.0
    if shift:
        half = values.get(f"Ge/{component}/{HALF[shift]}") or values.get(f"Ge/{component}/HL")
        middle = centre["XYZ".index(shift)]
        start = middle + _number(values.get(f"Ge/{component}/Trans{shift}")) - _number(half)
    else:
        start = _number(values.get(f"Ge/{component}/RMin"))
    scale = CENTIMETRES[axis.unit]
    return Axis(name, "cm", [round(value * scale + start, 12) + 0.0 for value in axis.values])


def _number(text: str | None) -> float:
    """Return a length that this package wrote, in cm."""
    return real((text or "").split(" ")[0]) or 0.0
