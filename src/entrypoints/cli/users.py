"""`yaptide users`: who may sign in."""

import sys

import click

from entrypoints.container import make_container
from entrypoints.storage import ready_database


@click.group()
def users() -> None:
    """Look after the users."""


@users.command()
@click.argument("username")
def add(username: str) -> None:
    """Add a user who signs in with a password, asked for or read from standard input."""
    stdin = sys.stdin
    if stdin.isatty():
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    else:
        password = stdin.readline().rstrip("\n")
    container = make_container()
    ready_database(container)
    container.register_user()(username, password)
    click.echo(f"Added {username}.")
