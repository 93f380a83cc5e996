"""`yaptide users`: who may sign in."""

import sys
from dataclasses import asdict

import click

from domain.users import UserSource
from entrypoints.cli.completion import complete
from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import CommandFailed, ExitCode
from entrypoints.cli.job_choice import known_users
from entrypoints.cli.opening import ready_container
from entrypoints.cli.parameters import SOURCE
from entrypoints.cli.tables import json_option, plain, show_rows

USERNAME = click.argument("username", shell_complete=complete(known_users))
SOURCE_OPTION = click.option(
    "--source", type=SOURCE, help="Needed where a local and a Keycloak user share the name."
)
COLUMNS = ("username", "source", "jobs", "live_jobs", "last_job", "open_sessions")


@click.group()
def users() -> None:
    """Look after the users, those with a password here and those of Keycloak."""


@users.command(name="list")
@click.option("--source", type=SOURCE, help="Only users of this source.")
@json_option
def list_users(source: str | None, as_json: bool) -> None:
    """List all users with their jobs and open sessions."""
    found = ready_container().administer_users().all()
    rows = [asdict(user) for user in found if source in (None, user.source)]
    show_rows(rows, as_json, columns=COLUMNS, empty="No users.")


@users.command()
@click.argument("username")
@click.option("--keycloak", is_flag=True, help="One who will sign in with Keycloak.")
def add(username: str, keycloak: bool) -> None:
    """Add a user who signs in with a password, asked for or read from standard input.

    Keycloak users have no password here; they are added by their first sign-in as well.
    """
    if keycloak:
        ready_container().administer_users().add_keycloak(username)
    else:
        password = new_password()
        ready_container().register_user()(username, password)
    click.echo(f"Added {plain(username)}.")


@users.command()
@USERNAME
@click.option("--password", is_flag=True, help="Set a new one, asked for or from standard input.")
@click.option("--rename", metavar="NAME", help="Change the name.")
@click.option("--sign-out", is_flag=True, help="End all sessions.")
@SOURCE_OPTION
def update(
    username: str, password: bool, rename: str | None, sign_out: bool, source: str | None
) -> None:
    """Change a user's password or name, or end all sessions.

    A new password ends all sessions too.
    """
    if not (password or rename or sign_out):
        raise click.UsageError("Say what to change: --password, --rename or --sign-out.")
    cases = ready_container().administer_users()
    chosen = UserSource(source) if source else None
    if password:
        ended = cases.set_password(username, new_password())
        click.echo(f"The password of {plain(username)} is changed, {ended} sessions ended.")
    if sign_out:
        ended = cases.end_sessions(username, chosen)
        click.echo(f"{ended} sessions of {plain(username)} ended.")
    if rename:
        cases.rename(username, rename, chosen)
        click.echo(f"{plain(username)} is called {plain(rename)} now.")


@users.command()
@USERNAME
@SOURCE_OPTION
@click.option("--with-jobs", is_flag=True, help="Cancel and remove the user's jobs as well.")
@yes_option
def remove(username: str, source: str | None, with_jobs: bool, yes: bool) -> None:
    """Remove a user; one who has jobs only together with them."""
    cases = ready_container().administer_users()
    chosen = UserSource(source) if source else None
    user = cases.one(username, chosen)
    if user.jobs and not with_jobs:
        raise CommandFailed(
            f"{plain(username)} has {user.jobs} jobs; --with-jobs removes them as well",
            ExitCode.REFUSED,
        )
    confirm(f"Remove {plain(username)} ({user.source}) with {user.jobs} jobs?", yes)
    gone = cases.remove(username, chosen, with_jobs=with_jobs)
    click.echo(f"Removed {plain(username)} and {gone} jobs.")


def new_password() -> str:
    """Return a password from a prompt, or the first line of standard input without a terminal."""
    if sys.stdin.isatty():
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.readline()
    if not line:
        raise CommandFailed("Give the password on standard input", ExitCode.WRONG_USE)
    return line.rstrip("\r\n")
