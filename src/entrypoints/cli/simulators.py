"""`yaptide simulators`: which engines there are and how to get them."""

import click
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn
from rich.table import Table

from adapters.simulators.mcsquare.installation import install as install_mcsquare
from entrypoints.container import make_container
from entrypoints.settings import read_settings


@click.group()
def simulators() -> None:
    """Look after the simulation engines."""


@simulators.command(name="list")
def list_simulators() -> None:
    """Show the simulators, where they are installed and their versions."""
    table = Table("simulator", "version", "executable")
    for simulator in make_container().simulators():
        found = simulator.find()
        if found is None:
            table.add_row(simulator.name, "-", "not installed")
        else:
            table.add_row(simulator.name, found.version, str(found.executable))
    Console().print(table)


@simulators.command()
@click.argument("name", type=click.Choice(["mcsquare"]))
def install(name: str) -> None:
    """Download a simulator, check it and install it under SIMULATORS_DIR."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    with Progress(*columns, transient=True) as progress:
        bar = progress.add_task(f"Installing {name}", total=None)

        def report(done: int, total: int) -> None:
            progress.update(bar, completed=done, total=total or None)

        found = install_mcsquare(read_settings().simulators_dir, report)
    click.echo(f"{name} {found.version} is installed: {found.executable}")
