"""A simulator whose input is a number of primaries and whose output is a number.

Of a project with a `scoringManager` it scores the keywords it is told, and refuses others by place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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
from domain.errors import InvalidInput, SimulationFailed, Unsupported
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
    title: str = "Scripted"
    scores: frozenset[str] = frozenset({"Dose"})
    particles: frozenset[str] = frozenset({"Proton"})
    conversions: int = 0
    most_task_primaries: int = 10**12

    @property
    def profile(self) -> Profile:
        return Profile(self.title, "numbers", "install it")

    def convert(
        self, project: Mapping[str, object], *, skip_unsupported: bool = False
    ) -> Conversion:
        primaries = project.get("primaries")
        if not isinstance(primaries, int):
            raise InvalidInput("primaries", "must be a whole number")
        self.conversions += 1
        particle = project.get("particle", "Proton")
        if particle not in self.particles:
            raise Unsupported("beam.particle", f"{self.title} has no {particle}")
        left_out = ["one thing"] if skip_unsupported else []
        if "scoringManager" in project:
            left_out = self._left_out(project, skip_unsupported)
        return Conversion({"in.txt": b"%d" % primaries}, primaries, left_out)

    def _left_out(self, project: Mapping[str, Any], skip_unsupported: bool) -> list[str]:
        left_out, scored = [], 0
        for index, output in enumerate(project["scoringManager"]["outputs"]):
            place = f"scoringManager.outputs[{index}]"
            refused = [(place, output["name"])] if output.get("trace") else []
            for number, quantity in enumerate(() if refused else output["quantities"]):
                if quantity["keyword"] not in self.scores:
                    refused.append((f"{place}.quantities[{number}]", quantity["name"]))
                else:
                    scored += 1
            for where, name in refused:
                if not skip_unsupported:
                    raise Unsupported(where, f"{self.title} can't score {name}")
                left_out.append(f"{name}: not scored by {self.title}")
        if not scored:
            raise Unsupported("scoringManager.outputs", f"{self.title} can score none of them")
        return left_out

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
