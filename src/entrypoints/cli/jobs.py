"""`yaptide jobs`: the jobs of all users."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import click

from application.administration.administer_jobs import AdministerJobs
from application.ports.job_overview import JobFilter
from application.submission.retry_job import RETRIED
from domain.errors import YaptideError
from domain.states import EntityState
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import command_failed
from entrypoints.cli.job_choice import JOB_ID, JOB_IDS, filter_options, matching, one_way
from entrypoints.cli.job_fields import JOB_COLUMNS, TASK_COLUMNS, job_fields, record_row, task_row
from entrypoints.cli.opening import ready_container
from entrypoints.cli.tables import Row, json_option, plain, show_fields, show_json, show_rows

OVER = frozenset(state for state in EntityState if state.is_terminal)
GOING_ON = frozenset(EntityState) - OVER


@click.group()
def jobs() -> None:
    """Look after the jobs of all users."""


@jobs.command(name="list")
@filter_options
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@json_option
def list_jobs(wanted: JobFilter, limit: int, as_json: bool) -> None:
    """List jobs, newest first."""
    found = ready_container().administer_jobs().find(replace(wanted, limit=limit))
    show_rows([record_row(item) for item in found], as_json, columns=JOB_COLUMNS, empty="No jobs.")
    if len(found) == limit and not as_json:
        click.echo(f"At most {limit} are shown; more with --limit.", err=True)


@jobs.command()
@JOB_ID
@click.option("--logs", "with_logs", is_flag=True, help="Show the logs as well.")
@json_option
def show(job_id: str, with_logs: bool, as_json: bool) -> None:
    """Show a job with its tasks, and its logs if wanted."""
    cases = ready_container().administer_jobs()
    job = cases.job(job_id)
    fields = job_fields(job, cases.owner(job))
    tasks = [task_row(task) for task in job.tasks]
    logs = cases.logs(job_id) if with_logs else {}
    if as_json:
        show_json({**fields, "tasks": tasks, **({"logs": logs} if with_logs else {})})
        return
    show_fields(fields, False)
    show_rows(tasks, False, columns=TASK_COLUMNS)
    print_logs(logs)


@jobs.command()
@JOB_IDS
@filter_options
@yes_option
def cancel(job_ids: tuple[str, ...], wanted: JobFilter, yes: bool) -> None:
    """Stop jobs, named or all that fit the options; what completed before stays readable.

    Jobs chosen by options are listed before you are asked.
    """
    one_way(job_ids, wanted)
    cases = ready_container().administer_jobs()
    chosen = job_ids or _listed(cases, wanted, GOING_ON, yes)
    confirm(f"Cancel {_named(chosen)}?", yes or not chosen)

    def cancel_one(job_id: str) -> str:
        job, canceled = cases.cancel(job_id)
        return "canceled" if canceled else f"was over already ({job.state})"

    _each(chosen, lambda job_id: click.echo(f"{job_id}: {cancel_one(job_id)}"))


@jobs.command()
@JOB_IDS
@filter_options
@yes_option
def remove(job_ids: tuple[str, ...], wanted: JobFilter, yes: bool) -> None:
    """Remove jobs that are over, named or all that fit the options, with all they have.

    Results, logs and files go as well. Jobs chosen by options are listed before you are asked.
    """
    one_way(job_ids, wanted)
    cases = ready_container().administer_jobs()
    chosen = job_ids or _listed(cases, wanted, OVER, yes)
    confirm(f"Remove {_named(chosen)} with all results?", yes or not chosen)

    def remove_one(job_id: str) -> None:
        cases.remove(job_id)
        click.echo(f"{job_id}: removed")

    _each(chosen, remove_one)


@jobs.command()
@JOB_IDS
@filter_options
@json_option
@yes_option
def retry(job_ids: tuple[str, ...], wanted: JobFilter, as_json: bool, yes: bool) -> None:
    """Run failed or canceled jobs again, each as a new job of the same user.

    The new job has the same input, tasks and seeds; the old one stays as it is. Options choose jobs
    that were not run again yet; they are listed before you are asked.
    """
    one_way(job_ids, wanted)
    container = ready_container()
    chosen: Sequence[str] = job_ids
    if not chosen:
        quiet = yes or as_json
        chosen = _listed(container.administer_jobs(), wanted, RETRIED, quiet, never_retried=True)
        confirm(f"Run {_named(chosen)} again?", yes or not chosen)
    again = container.retry_job()
    made: list[Row] = []
    code = _tried(
        chosen, lambda job_id: made.append({"job_id": again(job_id).job_id, "retry_of": job_id})
    )
    if made or as_json:
        show_rows(made, as_json)
    if code:
        raise click.exceptions.Exit(code)


def print_logs(logs: Any) -> None:
    """Print log files one below the other; nothing in them steers the terminal."""
    for name, text in logs.items():
        click.secho(f"\n{plain(name)}", bold=True)
        lines = re.split(r"\r\n?|\n", text.removesuffix("\n"))
        click.echo("\n".join(plain(line.expandtabs()) for line in lines))


def _listed(
    cases: AdministerJobs,
    wanted: JobFilter,
    able: frozenset[EntityState],
    quiet: bool,
    **narrower: Any,
) -> Sequence[str]:
    """Return the ids of the jobs that fit, shown first where somebody is going to be asked."""
    found = matching(cases, wanted, able, **narrower)
    if not found:
        click.echo("No such jobs.", err=True)
    elif not quiet:
        show_rows([record_row(item) for item in found], False, columns=JOB_COLUMNS)
    return [item.job_id for item in found]


def _named(job_ids: Sequence[str]) -> str:
    return f"job {job_ids[0]}" if len(job_ids) == 1 else f"{len(job_ids)} jobs"


def _each(job_ids: Sequence[str], do: Callable[[str], None]) -> None:
    """Do something to each job, and end with the exit code of the last failure, if any."""
    code = _tried(job_ids, do)
    if code:
        raise click.exceptions.Exit(code)


def _tried(job_ids: Sequence[str], do: Callable[[str], None]) -> int:
    """Do something to each job; one that can't be done doesn't keep the others from it."""
    code = 0
    for job_id in job_ids:
        try:
            do(job_id)
        except YaptideError as error:
            code = command_failed(error).exit_code
            click.echo(f"{plain(job_id)}: {error}", err=True)
    return code
