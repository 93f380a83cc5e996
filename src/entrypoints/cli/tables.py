"""What commands show: a table for people, or the same as JSON for scripts."""

import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import click
import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

Row = Mapping[str, object]
"""Cells by the name they have in JSON; the column's title is that name with spaces."""

WIDE = 10_000
"""Columns of a table that goes into a file or a pipe: nothing is wrapped there."""


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the option `--json`, passed as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")(command)


def show_rows(
    rows: Sequence[Row], as_json: bool, *, columns: Sequence[str] = (), empty: str = "Nothing."
) -> None:
    """Print rows as a table or as a JSON array of objects.

    `columns` chooses and orders what the table shows, by default all of the first row; JSON always
    has everything. `empty` is said instead of a table without rows.
    """
    if as_json:
        show_json(rows)
    elif not rows:
        click.echo(empty)
    else:
        _console().print(_table(rows, columns or list(rows[0])))


def show_fields(fields: Row, as_json: bool) -> None:
    """Print the fields of one thing, a line each, or as a JSON object."""
    if as_json:
        show_json(fields)
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in fields.items():
        table.add_row(_title(name), cell(value))
    _console().print(table)


def show_json(value: object) -> None:
    """Print a value as JSON: moments in ISO 8601 with their zone, no NaN."""
    text = msgspec.json.format(msgspec.json.encode(value, enc_hook=str), indent=2)
    click.echo(text.decode())


def cell(value: object) -> Text:
    """Return a value as a cell: nothing is `-`, moments are in UTC, control characters escaped."""
    if value is None or value == "":
        return Text("-", style="dim")
    if isinstance(value, datetime):
        return Text(f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}")
    if isinstance(value, bool):
        return Text("yes" if value else "no")
    if isinstance(value, float):
        return Text(f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}")
    if isinstance(value, list | tuple | set | frozenset):
        return Text(plain(", ".join(str(item) for item in value)))
    return Text(plain(str(value)))


def plain(text: str) -> str:
    """Return text that can't steer a terminal: what users sent may hold escape sequences."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _table(rows: Sequence[Row], columns: Sequence[str]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        numeric = all(_is_number(row.get(name)) for row in rows)
        table.add_column(_title(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(row.get(name)) for name in columns))
    return table


def _is_number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _title(name: str) -> str:
    return name.replace("_", " ")


def _console() -> Console:
    return Console() if sys.stdout.isatty() else Console(width=WIDE)
