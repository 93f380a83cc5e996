"""`yaptide db`: the schema of the database.

Exit codes: 0 all is well, 1 something else is wrong, 3 the schema is not the one this program
knows, 4 the database does not answer.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from adapters.database.schema import SchemaOutOfDate
from domain.errors import Unavailable, YaptideError
from entrypoints.container import make_container

OUT_OF_DATE = 3
NO_ANSWER = 4


@click.group(name="db")
def database() -> None:
    """Look after the schema of the database.

    Exit codes: 3 the schema is not the one this program knows, 4 the database does not answer.
    """


@database.command()
def upgrade() -> None:
    """Bring the schema to the version this program knows; safe to repeat."""
    with _exit_codes():
        schema = make_container().schema()
        before = schema.current()
        schema.upgrade()
        after = schema.current()
    if before == after:
        click.echo(f"The schema is at {after} already.")
    else:
        click.echo(f"The schema went from {before or 'none'} to {after}.")


@database.command()
def current() -> None:
    """Show the version of the schema and the one this program needs."""
    with _exit_codes():
        schema = make_container().schema()
        found, wanted = schema.current(), schema.newest()
    click.echo(f"database: {found or 'none'}\nprogram:  {wanted}")


@database.command()
def check() -> None:
    """Fail unless the schema is the one this program knows."""
    with _exit_codes():
        make_container().schema().check()
    click.echo("The schema is up to date.")


@contextmanager
def _exit_codes() -> Iterator[None]:
    """End with a code that a script can act on."""
    try:
        yield
    except SchemaOutOfDate as error:
        _end(error, OUT_OF_DATE)
    except Unavailable as error:
        _end(error, NO_ANSWER)


def _end(error: YaptideError, code: int) -> None:
    click.echo(f"Error: {error}", err=True)
    sys.exit(code)
