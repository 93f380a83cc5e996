"""`yaptide jobs`: the jobs of all users."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from application.ports.job_overview import JobFilter
from domain.errors import YaptideError
from domain.job import Platform
from domain.states import EntityState
from entrypoints.administration import AdministrationContainer
from entrypoints.cli.completion import complete, complete_simulators
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import command_failed
from entrypoints.cli.job_fields import JOB_COLUMNS, TASK_COLUMNS, job_fields, record_row, task_row
from entrypoints.cli.opening import ready_container
from entrypoints.cli.parameters import STATE, Age
from entrypoints.cli.tables import json_option, plain, show_fields, show_json, show_rows


def known_jobs(container: AdministrationContainer) -> Iterable[tuple[str, str]]:
    """Return the newest jobs, for completion."""
    found = container.administer_jobs().find(JobFilter(limit=200))
    return [(item.job_id, f"{item.username}, {item.state}") for item in found]


def known_users(container: AdministrationContainer) -> Iterable[tuple[str, str]]:
    """Return all users, for completion."""
    return [(user.username, user.source.value) for user in container.administer_users().all()]


JOB_ID = click.argument("job_id", shell_complete=complete(known_jobs))
JOB_IDS = click.argument("job_ids", nargs=-1, required=True, shell_complete=complete(known_jobs))


@click.group()
def jobs() -> None:
    """Look after the jobs of all users."""


@jobs.command(name="list")
@click.option("--user", shell_complete=complete(known_users), help="Only jobs of this user.")
@click.option(
    "--state", "states", type=STATE, multiple=True, help="Only in this state; may be repeated."
)
@click.option("--simulator", shell_complete=complete_simulators(), help="Only for this simulator.")
@click.option(
    "--platform", type=click.Choice(list(Platform), case_sensitive=False), help="Only run there."
)
@click.option("--older-than", type=Age(), help="Only submitted longer ago, like 12h or 30d.")
@click.option("--newer-than", type=Age(), help="Only submitted since then, like 12h or 30d.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="At most so many."
)
@json_option
def list_jobs(
    user: str | None,
    states: tuple[str, ...],
    simulator: str | None,
    platform: str | None,
    older_than: timedelta | None,
    newer_than: timedelta | None,
    limit: int,
    as_json: bool,
) -> None:
    """List jobs, newest first."""
    now = datetime.now(UTC)
    wanted = JobFilter(
        username=user,
        states=frozenset(EntityState(state.upper()) for state in states),
        sim_type=simulator,
        platform=Platform(platform) if platform else None,
        started_before=now - older_than if older_than else None,
        started_after=now - newer_than if newer_than else None,
        limit=limit,
    )
    found = ready_container().administer_jobs().find(wanted)
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
@yes_option
def cancel(job_ids: tuple[str, ...], yes: bool) -> None:
    """Stop jobs; what completed before stays readable."""
    confirm(f"Cancel {_named(job_ids)}?", yes)
    cases = ready_container().administer_jobs()

    def cancel_one(job_id: str) -> str:
        job, canceled = cases.cancel(job_id)
        return "canceled" if canceled else f"was over already ({job.state})"

    _each(job_ids, cancel_one)


@jobs.command()
@JOB_IDS
@yes_option
def remove(job_ids: tuple[str, ...], yes: bool) -> None:
    """Remove jobs that are over, with their results, logs and files."""
    confirm(f"Remove {_named(job_ids)} with all results?", yes)
    cases = ready_container().administer_jobs()

    def remove_one(job_id: str) -> str:
        cases.remove(job_id)
        return "removed"

    _each(job_ids, remove_one)


@jobs.command()
@JOB_IDS
@json_option
def retry(job_ids: tuple[str, ...], as_json: bool) -> None:
    """Run failed or canceled jobs again, each as a new job of the same user.

    The new job has the same input, tasks and seeds; the old one stays as it is.
    """
    again = ready_container().retry_job()
    made = [{"job_id": again(job_id).job_id, "retry_of": job_id} for job_id in job_ids]
    show_rows(made, as_json)


def print_logs(logs: Any) -> None:
    """Print log files one below the other; nothing in them steers the terminal."""
    for name, text in logs.items():
        click.secho(f"\n{plain(name)}", bold=True)
        click.echo("\n".join(plain(line.expandtabs()) for line in text.splitlines()))


def _named(job_ids: tuple[str, ...]) -> str:
    return f"job {job_ids[0]}" if len(job_ids) == 1 else f"{len(job_ids)} jobs"


def _each(job_ids: tuple[str, ...], do: Any) -> None:
    """Do something to each job; one that can't be done doesn't keep the others from it."""
    failure: YaptideError | None = None
    for job_id in job_ids:
        try:
            click.echo(f"{job_id}: {do(job_id)}")
        except YaptideError as error:
            failure = error
            click.echo(f"{job_id}: {error}", err=True)
    if failure is not None:
        raise click.exceptions.Exit(command_failed(failure).exit_code)
