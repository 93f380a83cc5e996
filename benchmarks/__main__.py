"""`make bench`: measure everything and print it as a table."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from benchmarks import api, merging, results, running, whole_jobs
from benchmarks.rows import Measured, Row
from benchmarks.service import Bench
from tests.integration.servers.postgresql import PostgreSql

ROWS: tuple[Row, ...] = (*merging.ROWS, *running.ROWS, *whole_jobs.ROWS, *results.ROWS, *api.ROWS)
"""A module of benchmarks adds its own here."""

DATABASES = ("postgresql", "sqlite")


@click.command()
@click.option("--database", type=click.Choice(DATABASES), multiple=True, default=DATABASES)
@click.option("--only", default="", help="Measure rows whose name holds this text.")
def main(database: tuple[str, ...], only: str) -> None:
    """Measure, and show the older backend's figures beside ours."""
    rows = [row for row in ROWS if only in row.name]
    console = Console(width=150)
    for kind in database:
        table = _table(kind)
        with _bench(kind) as bench:
            for row in (row for row in rows if row.database in ("", kind)):
                table.add_row(*_cells(row, row.measure(bench)))
        console.print(table)


@contextmanager
def _bench(kind: str) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="yaptide-bench-") as folder, _url(kind, folder) as url:
        bench = Bench(Path(folder), url)
        try:
            yield bench
        finally:
            bench.close()


@contextmanager
def _url(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.sqlite"
        return
    server = PostgreSql()
    try:
        server.start()
        with server.database("template0") as url:
            yield url
    finally:
        server.remove()


def _table(kind: str) -> Table:
    table = Table(title=f"on {kind}, gunicorn with 2 processes, 4 clients on the same machine")
    for name in ("", "ours", "older", "factor", "p50 ms", "p99 ms", "MiB above idle", "note"):
        table.add_column(name, justify="left" if name in ("", "note") else "right")
    return table


def _cells(row: Row, found: Measured) -> list[str]:
    details = (found.p50, found.p99, found.memory)
    return [
        row.name,
        f"{found.value:.3g} {found.unit}",
        "" if row.older is None else f"{row.older:g} {found.unit}",
        _factor(row, found),
        *("" if value is None else f"{value:.1f}" for value in details),
        found.note,
    ]


def _factor(row: Row, found: Measured) -> str:
    if row.older is None:
        return ""
    better = found.value / row.older if found.unit == "/s" else row.older / found.value
    return f"{better:.1f}×"


if __name__ == "__main__":
    main()
