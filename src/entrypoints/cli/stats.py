"""`yaptide stats`: how much was computed."""

import csv
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from adapters.plots.usage import plot_usage
from application.ports.usage_report import Dimension, Usage
from entrypoints.cli.exit_codes import CommandFailed
from entrypoints.cli.opening import ready_container
from entrypoints.cli.parameters import Day
from entrypoints.cli.tables import Row, json_option, show_rows

DIMENSIONS = [dimension.value for dimension in Dimension]


@click.command()
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    multiple=True,
    default=["month"],
    show_default=True,
    help="What to tell apart; may be repeated.",
)
@click.option("--since", type=Day(), help="Only jobs submitted from this day (UTC).")
@click.option("--until", type=Day(), help="Only jobs submitted before this day (UTC).")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@click.option("--plot", type=click.Path(dir_okay=False, path_type=Path), help="Draw into a PNG.")
@json_option
def stats(
    by: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    as_csv: bool,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Show jobs, CPU hours, success and waits by user, simulator, platform and month.

    CPU hours are the time tasks ran, one core each; waits go from submission to the start of the
    first task, in seconds.
    """
    dimensions = list(dict.fromkeys(Dimension(name) for name in by))
    found = ready_container().report_usage()(dimensions, since, until)
    rows = [_row(item) for item in found]
    if as_csv:
        _print_csv(dimensions, rows)
    else:
        show_rows(rows, as_json, empty="No jobs.")
    if plot is not None:
        _draw(plot, found)


def _row(usage: Usage) -> Row:
    rate = usage.success_rate
    return {
        **{dimension.value: name for dimension, name in usage.group.items()},
        "jobs": usage.jobs,
        "completed": usage.completed,
        "failed": usage.failed,
        "canceled": usage.canceled,
        "success_rate": None if rate is None else round(rate, 4),
        "cpu_hours": round(usage.cpu_hours, 4),
        "primaries": usage.simulated_primaries,
        "mean_wait": None if usage.mean_wait is None else round(usage.mean_wait, 1),
        "longest_wait": None if usage.longest_wait is None else round(usage.longest_wait, 1),
    }


def _print_csv(by: Sequence[Dimension], rows: Sequence[Row]) -> None:
    empty = _row(Usage(dict.fromkeys(by, ""), 0, 0, 0, 0, 0.0, 0, None, None))
    writer = csv.DictWriter(sys.stdout, list(empty), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def _draw(path: Path, found: Sequence[Usage]) -> None:
    labels = [" ".join(item.group.values()) or "all" for item in found]
    try:
        plot_usage(path, labels, found)
    except OSError as error:
        raise CommandFailed(f"{path} can't be written: {error.strerror}") from error
    click.echo(f"Plot: {path}", err=True)
