"""Ask before something is destroyed."""

import sys
from collections.abc import Callable
from typing import Any

import click

from entrypoints.cli.exit_codes import CommandFailed, ExitCode


def yes_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--yes`, passed as `yes`."""
    return click.option("--yes", "-y", is_flag=True, help="Don't ask, just do it.")(command)


def confirm(question: str, yes: bool) -> None:
    """Go on only if somebody said yes; where nobody can be asked, `--yes` is needed."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise CommandFailed(
            f"{question} There is no terminal to ask in: confirm with --yes", ExitCode.REFUSED
        )
    if not click.confirm(question):
        raise CommandFailed("Nothing was changed.", ExitCode.REFUSED)
