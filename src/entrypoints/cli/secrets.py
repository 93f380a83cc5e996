"""`yaptide secrets`: what is encrypted in the database."""

import click

from domain.errors import YaptideError
from entrypoints.cli.opening import ready_container


@click.group()
def secrets() -> None:
    """Look after what is encrypted in the database."""


@secrets.command()
def rotate() -> None:
    """Encrypt all SSH keys with the present SECRET_KEY.

    SECRET_KEY_PREVIOUS holds the old one: set both for the service, restart it, run this, and take
    SECRET_KEY_PREVIOUS away a week later, when the last job's update key has expired.
    """
    result = ready_container().rotate_secrets()()
    click.echo(f"Encrypted the SSH keys of {result.done} users with the present SECRET_KEY.")
    if result.unreadable:
        names = ", ".join(repr(name) for name in result.unreadable)
        raise YaptideError(
            f"Neither SECRET_KEY nor SECRET_KEY_PREVIOUS opens those of {names}: "
            "they get new ones when they next sign in"
        )
