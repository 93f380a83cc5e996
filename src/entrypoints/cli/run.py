"""`yaptide run`: one simulation in this terminal."""

import os
import time
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from application.submission.submit_job import SubmittedJob
from domain.job import Job
from domain.primaries import MOST_PRIMARIES, MOST_TASKS
from domain.states import EntityState
from entrypoints.cli.project_file import read_submission
from entrypoints.cli.run_output import describe_depth_dose, write_results
from entrypoints.cli.task_bars import TaskBars
from entrypoints.processes.foreground import ForegroundRun
from entrypoints.settings import read_settings

POLL_SECONDS = 0.1


@click.command()
@click.argument("project", type=click.Path(exists=True, path_type=Path))
@click.option("--simulator", default="common", help="Which simulator runs it.")
@click.option(
    "--tasks", type=click.IntRange(1, MOST_TASKS), help="Parallel tasks; default one per core."
)
@click.option(
    "--primaries", type=click.IntRange(1, MOST_PRIMARIES), help="Default: what the input says."
)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Results folder.")
@click.option("--plot", is_flag=True, help="Also draw the depth-dose curve.")
@click.option(
    "--skip-unsupported",
    is_flag=True,
    help="Leave out what the simulator can't score instead of refusing the project.",
)
def run(
    project: Path,
    simulator: str,
    tasks: int | None,
    primaries: int | None,
    out: Path | None,
    plot: bool,
    skip_unsupported: bool,
) -> None:
    """Run PROJECT (a JSON file of the editor, or a folder of input files) here and now.

    Writes results.json into the results folder. Ctrl-C stops the simulators and keeps what the
    completed tasks have scored.
    """
    console = Console()
    settings = read_settings()
    submission = replace(
        read_submission(project, simulator, tasks or settings.max_cores),
        primaries=primaries,
        skip_unsupported=skip_unsupported,
    )
    out = out or Path(f"{project.absolute().stem}-results")
    _check_writable(out)
    with (
        TemporaryDirectory(prefix="yaptide-run-") as folder,
        ForegroundRun(settings, Path(folder)) as foreground,
    ):
        submitted = foreground.submit(submission)
        if not foreground.confinement.confines:
            console.print(foreground.confinement.sentence(), style="yellow", soft_wrap=True)
        _introduce(console, submitted)
        job = _follow(console, foreground, submitted.job)
        results = foreground.results(job)
        logs = foreground.logs(job.job_id)
    _conclude(console, job, out, logs)
    if results:
        path = write_results(out, job, results)
        console.print(f"Results: {path}", soft_wrap=True)
        describe_depth_dose(console, results, job, submission.project, out if plot else None)
    if job.state is not EntityState.COMPLETED:
        raise click.exceptions.Exit(130 if job.state is EntityState.CANCELED else 1)


def _check_writable(out: Path) -> None:
    """Refuse a folder that results could not be written to, before anything is computed."""
    there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise click.BadParameter(f"nothing can be written to {there}", param_hint="--out")


def _introduce(console: Console, submitted: SubmittedJob) -> None:
    job, adaptation = submitted.job, submitted.adaptation
    console.print(
        f"{job.sim_type}: {job.primaries} primaries in {len(job.tasks)} tasks", highlight=False
    )
    told = [adaptation.substitution] if adaptation.substitution else []
    for sentence in [*told, *(f"left out: {part}" for part in adaptation.left_out)]:
        console.print(
            f"  {sentence}",
            markup=False,
            highlight=False,
            soft_wrap=True,
            style="yellow",
        )


def _follow(console: Console, foreground: ForegroundRun, job: Job) -> Job:
    with TaskBars(console, job) as bars:
        try:
            while not job.state.is_terminal:
                time.sleep(POLL_SECONDS)
                job = foreground.status(job.job_id)
                bars.show(job)
        except KeyboardInterrupt:
            # A second Ctrl-C must not leave simulators behind.
            with suppress(KeyboardInterrupt):
                job = foreground.stop(job.job_id)
            bars.show(job)
    return job


def _conclude(console: Console, job: Job, out: Path, logs: dict[str, str]) -> None:
    counts = Counter(task.state for task in job.tasks)
    completed, total = counts[EntityState.COMPLETED], len(job.tasks)
    if job.state is EntityState.CANCELED:
        kept = "their results are kept" if completed else "nothing was kept"
        console.print(f"Stopped: {completed} of {total} tasks had completed; {kept}.")
    elif job.state is EntityState.FAILED:
        console.print(f"Failed: {completed} of {total} tasks completed.", style="red")
    for name, text in logs.items():
        out.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
        if name.endswith("error.log"):
            console.print(f"{name}: {text}", markup=False, style="red")
