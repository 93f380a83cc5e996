"""`yaptide jobs prune`: forget old jobs."""

from datetime import timedelta

import click

from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.job_fields import JOB_COLUMNS, record_row
from entrypoints.cli.opening import ready_container
from entrypoints.cli.parameters import Age
from entrypoints.cli.tables import json_option, show_json, show_rows


@click.command()
@click.option("--older-than", type=Age(), required=True, help="Ended longer ago, like 180d.")
@click.option(
    "--keep-results", is_flag=True, help="Keep job, project and results; forget logs and files."
)
@click.option("--delete", is_flag=True, help="Do it; without this the jobs are only listed.")
@json_option
@yes_option
def prune(
    older_than: timedelta, keep_results: bool, delete: bool, as_json: bool, yes: bool
) -> None:
    """Forget jobs that ended long ago; only lists them unless --delete is given.

    Files go after the rows. A run that is interrupted can be repeated.
    """
    cases = ready_container().prune_jobs()
    found = cases.old(older_than)
    rows = [record_row(item) for item in found]
    if not delete or not found:
        show_rows(rows, as_json, columns=JOB_COLUMNS, empty="No jobs that old.")
        if found and not as_json:
            click.echo(f"{len(found)} jobs; nothing was changed. Add --delete to do it.", err=True)
        return
    what = "logs and files of" if keep_results else "all there is of"
    confirm(f"Forget {what} {len(found)} jobs?", yes)
    done = [item.job_id for item in found if cases.prune(item, keep_results)]
    if as_json:
        show_json({"pruned": done, "kept_results": keep_results})
    else:
        click.echo(f"{len(done)} jobs pruned.")
