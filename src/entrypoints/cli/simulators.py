"""`yaptide simulators`: which engines there are and how to get them."""

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from adapters.simulators.mcsquare.installation import install as install_mcsquare
from entrypoints.cli.tables import json_option, show_rows
from entrypoints.container import make_container
from entrypoints.settings import read_settings


@click.group()
def simulators() -> None:
    """Look after the simulation engines."""


@simulators.command(name="list")
@json_option
def list_simulators(as_json: bool) -> None:
    """Show the simulators: where they are on this machine, their versions, what each can do."""
    found = [(simulator, simulator.find()) for simulator in make_container().simulators()]
    show_rows(
        [
            {
                "simulator": simulator.name,
                "title": simulator.profile.title,
                "installed": place is not None,
                "version": place.version if place else None,
                "executable": str(place.executable) if place else None,
                "abilities": simulator.profile.abilities,
                "remedy": None if place else simulator.profile.remedy,
            }
            for simulator, place in found
        ],
        as_json,
        columns=("simulator", "title", "version", "executable", "abilities"),
    )


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
