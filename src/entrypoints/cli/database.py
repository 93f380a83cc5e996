"""`yaptide db`: the schema of the database."""

import click

from entrypoints.container import make_container


@click.group(name="db")
def database() -> None:
    """Look after the schema of the database."""


@database.command()
def upgrade() -> None:
    """Bring the schema to the version this program knows."""
    container = make_container()
    container.schema().upgrade()
    click.echo(f"The schema is at {container.schema().current()}.")


@database.command()
def current() -> None:
    """Show the version of the schema."""
    click.echo(make_container().schema().current() or "The database is empty.")


@database.command()
def check() -> None:
    """Fail unless the schema is the one this program knows."""
    make_container().schema().check()
    click.echo("The schema is up to date.")
