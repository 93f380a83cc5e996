"""`yaptide tasks`: the tasks of a job and their logs."""

import click

from entrypoints.cli.job_choice import JOB_ID
from entrypoints.cli.job_fields import TASK_COLUMNS, task_row
from entrypoints.cli.jobs import print_logs
from entrypoints.cli.opening import ready_container
from entrypoints.cli.parameters import STATE
from entrypoints.cli.tables import json_option, show_fields, show_json, show_rows


@click.group()
def tasks() -> None:
    """Look into the tasks of a job."""


@tasks.command(name="list")
@JOB_ID
@click.option(
    "--state", "states", type=STATE, multiple=True, help="Only in this state; may be repeated."
)
@json_option
def list_tasks(job_id: str, states: tuple[str, ...], as_json: bool) -> None:
    """List the tasks of a job."""
    wanted = {state.upper() for state in states}
    job = ready_container().administer_jobs().job(job_id)
    rows = [task_row(task) for task in job.tasks if not wanted or task.state in wanted]
    show_rows(rows, as_json, columns=TASK_COLUMNS, empty="No tasks.")


@tasks.command()
@JOB_ID
@click.argument("task", type=click.IntRange(1))
@json_option
def show(job_id: str, task: int, as_json: bool) -> None:
    """Show task number TASK of a job with its logs."""
    found, logs = ready_container().administer_jobs().task(job_id, task)
    fields = task_row(found)
    if as_json:
        show_json({**fields, "logs": logs})
        return
    show_fields(fields, False)
    print_logs(logs)
