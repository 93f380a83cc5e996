"""`yaptide db`: the schema of the database."""

import click

from entrypoints.cli.opening import open_container
from entrypoints.cli.tables import json_option, show_fields


@click.group(name="db")
def database() -> None:
    """Look after the schema of the database."""


@database.command()
def upgrade() -> None:
    """Bring the schema to the version this program knows; safe to repeat."""
    schema = open_container().schema()
    before = schema.current()
    schema.upgrade()
    after = schema.current()
    if before == after:
        click.echo(f"The schema is at {after} already.")
    else:
        click.echo(f"The schema went from {before or 'none'} to {after}.")


@database.command()
@json_option
def current(as_json: bool) -> None:
    """Show the version of the schema and the one this program needs."""
    schema = open_container().schema()
    show_fields({"database": schema.current() or "none", "program": schema.newest()}, as_json)


@database.command()
def check() -> None:
    """Fail with exit code 5 unless the schema is the one this program knows."""
    open_container().schema().check()
    click.echo("The schema is up to date.")
