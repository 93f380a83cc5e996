"""`yaptide users`: who may sign in."""

import click

from entrypoints.container import make_container
from entrypoints.storage import ready_database


@click.group()
def users() -> None:
    """Look after the users."""


@users.command()
@click.argument("username")
@click.password_option(help="Asked for when not given; `-` reads it from standard input.")
def add(username: str, password: str) -> None:
    """Add a user who signs in with a password."""
    if password == "-":  # noqa: S105 - the usual sign for standard input
        password = click.get_text_stream("stdin").readline().rstrip("\n")
    container = make_container()
    ready_database(container)
    container.register_user()(username, password)
    click.echo(f"Added {username}.")
