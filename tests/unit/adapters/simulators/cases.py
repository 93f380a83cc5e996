"""Projects and input files that users tried, in the form in which they came."""

import json

from application.ports.simulator import InputFiles
from tests.locations import TESTS
from tests.unit.adapters.simulators.projects import Json

CASES = TESTS / "data" / "simulators" / "cases"


def case(name: str) -> Json:
    """Return the project of a case, such as `conversion/03`."""
    folder, _, start = name.partition("/")
    (path,) = (CASES / folder).glob(f"{start}*.json")
    project: Json = json.loads(path.read_text("utf-8"))
    return project


def case_files(name: str) -> InputFiles:
    """Return the input files of a case, such as `07-`."""
    (folder,) = (CASES / "files").glob(f"{name}*")
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
