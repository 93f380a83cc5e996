"""The command `yaptide`."""

import sys
from typing import Any

import click

from domain.errors import YaptideError
from entrypoints.cli.check import check
from entrypoints.cli.clusters import clusters
from entrypoints.cli.completion import completion
from entrypoints.cli.convert import convert
from entrypoints.cli.database import database
from entrypoints.cli.doctor import doctor
from entrypoints.cli.exit_codes import MEANINGS, CommandFailed, ExitCode, command_failed
from entrypoints.cli.jobs import jobs
from entrypoints.cli.prune import prune
from entrypoints.cli.run import run
from entrypoints.cli.secrets import secrets
from entrypoints.cli.settings import settings
from entrypoints.cli.simulators import simulators
from entrypoints.cli.ssh_keys import ssh_key
from entrypoints.cli.stats import stats
from entrypoints.cli.tasks import tasks
from entrypoints.cli.up import up
from entrypoints.cli.users import users
from entrypoints.cli.worker import worker

EXIT_CODES = "Exit codes:\n\n\b\n" + "\n".join(
    f"  {code.value:>3}  {meaning}" for code, meaning in MEANINGS.items()
)


class _Commands(click.Group):
    """Ends with one line of text and a fitting exit code where something of ours fails."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except YaptideError as error:
            raise command_failed(error) from error
        except OSError as error:
            # What the file system refuses is for the reader; anything else would be our mistake.
            if error.filename is None:
                raise
            raise CommandFailed(f"{error.filename}: {error.strerror}") from error


@click.group(
    cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=EXIT_CODES
)
@click.version_option(package_name="yaptide")
def commands() -> None:
    """Monte Carlo particle-transport simulations, as a service or in this terminal."""


jobs.add_command(prune)
users.add_command(ssh_key)
for command in (
    check,
    clusters,
    completion,
    convert,
    database,
    doctor,
    jobs,
    run,
    secrets,
    settings,
    simulators,
    stats,
    tasks,
    up,
    users,
    worker,
):
    commands.add_command(command)


def main() -> None:
    """Run the command; whatever goes wrong is one line of text and an exit code."""
    try:
        # Without its standalone mode click returns the code of an early exit.
        sys.exit(commands.main(prog_name="yaptide", standalone_mode=False))
    except click.Abort:
        click.echo("Stopped.", err=True)
        sys.exit(ExitCode.STOPPED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
