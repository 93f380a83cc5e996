"""The command `yaptide`."""

import sys

import click

from domain.errors import YaptideError
from entrypoints.cli.database import database
from entrypoints.cli.run import run
from entrypoints.cli.simulators import simulators
from entrypoints.cli.up import up
from entrypoints.cli.users import users
from entrypoints.cli.worker import worker


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yaptide")
def commands() -> None:
    """Monte Carlo particle-transport simulations, as a service or in this terminal."""


for command in (database, run, simulators, up, users, worker):
    commands.add_command(command)


def main() -> None:
    """Run the command; an error of ours is one line of text and exit code 1."""
    try:
        # Without its standalone mode click returns the code of an early exit.
        sys.exit(commands.main(standalone_mode=False))
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except YaptideError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
