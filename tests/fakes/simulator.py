"""A simulator whose input is a number of primaries and whose output is a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from application.ports.simulator import (
    Command,
    Conversion,
    InputFiles,
    Installation,
    Profile,
    Progress,
    ProgressParser,
    TaskOutput,
)
from domain.errors import InvalidInput, SimulationFailed
from domain.estimator import Axis, Estimator, Page


class LineParser:
    """Takes each whole line for the number of primaries done."""

    def __init__(self) -> None:
        self._rest = ""

    def feed(self, text: str) -> Progress | None:
        *lines, self._rest = (self._rest + text).split("\n")
        return Progress(int(lines[-1]), 7) if lines else None


@dataclass
class ScriptedSimulator:
    name: str = "mcsquare"
    installed: bool = True
    most_task_primaries: int = 10**12

    @property
    def profile(self) -> Profile:
        return Profile("Scripted", "numbers", "install it")

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        primaries = project.get("primaries")
        if not isinstance(primaries, int):
            raise InvalidInput("primaries", "must be a whole number")
        left_out = ["one thing"] if skip_unsupported else []
        return Conversion({"in.txt": b"%d" % primaries}, primaries, left_out)

    def total_primaries(self, files: InputFiles) -> int:
        if "in.txt" not in files:
            raise InvalidInput("input_files", "needs in.txt")
        return int(files["in.txt"])

    def check_scored(self, files: InputFiles) -> None:
        """Take anything."""

    def task_files(self, files: InputFiles, primaries: int, seed: int) -> InputFiles:
        return {"in.txt": b"%d %d" % (primaries, seed)}

    def find(self) -> Installation | None:
        return Installation(Path("/bin/true"), "1") if self.installed else None

    def command(self, folder: Path, seed: int) -> Command:
        return Command(["true"])

    def progress_parser(self, primaries: int) -> ProgressParser:
        return LineParser()

    def collect(self, folder: Path, exit_code: int, log: str) -> Sequence[Path]:
        if exit_code:
            raise SimulationFailed(f"ended with {exit_code}")
        if log == "broken":
            raise SimulationFailed("in.txt breaks off")
        return [folder / "in.txt"]

    def progress_log(self, folder: Path) -> Path | None:
        return None

    def log_files(self, folder: Path) -> Sequence[Path]:
        return [folder / "run.log"]

    def merge(self, outputs: Sequence[TaskOutput], files: InputFiles) -> list[Estimator]:
        values = [float(output.primaries) for output in outputs]
        page = Page(0, "Dose", "DOSE", "Gy", values, [Axis("Task", "", values)])
        return [Estimator("tasks", [page])]
