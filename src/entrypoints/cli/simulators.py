"""`yaptide simulators`: which engines there are and how to get them."""

from pathlib import Path
from tempfile import TemporaryDirectory

import click

from entrypoints.cli.confirmation import confirm, yes_option
from entrypoints.cli.exit_codes import ExitCode
from entrypoints.cli.large_files import EXISTING, NEW, progress_report, write_pieces
from entrypoints.cli.tables import json_option, show_rows
from entrypoints.composition.container import make_container
from entrypoints.composition.process_runner import confinement_sentence
from entrypoints.composition.simulator_binaries import (
    INSTALLABLE,
    LAYOUTS,
    Binaries,
    install_simulator,
    remove_simulator,
    verify_simulator,
)
from entrypoints.settings import read_settings

STORED = click.Choice(sorted(LAYOUTS))
INSTALLED = click.Choice(INSTALLABLE)


@click.group()
def simulators() -> None:
    """Look after the simulation engines."""


@simulators.command(name="list")
@json_option
def list_simulators(as_json: bool) -> None:
    """Show the simulators: where they are on this machine, their versions, what each can do.

    And how those that run here are confined.
    """
    container = make_container()
    found = [(simulator, simulator.find()) for simulator in container.simulators()]
    confinement = confinement_sentence(container.runner())
    told: dict[str, object] = {}
    if as_json:
        # It reads projects with numpy, which takes long to load.
        from entrypoints.cli.scores import scores

        told = {item.name: scores(item) for item, _ in found}
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
                "confinement": confinement,
                "scores": told.get(simulator.name),
            }
            for simulator, place in found
        ],
        as_json,
        columns=("simulator", "title", "version", "executable", "abilities"),
    )
    if not as_json:
        click.echo(f"On this machine {confinement}.")


@simulators.command(name="scores")
def show_scores() -> None:
    """Print what each simulator scores of what the editor offers, as a page of tables."""
    from entrypoints.cli.scores import scores_page

    click.echo(scores_page(list(make_container().simulators())), nl=False)


@simulators.command()
@click.argument("name", type=INSTALLED)
def install(name: str) -> None:
    """Download a simulator, check it and install it under SIMULATORS_DIR.

    MCsquare comes from a package registry, the others from the store that the settings S3_... name;
    SHIELD-HIT12A, if no store is set, from its maker's web site as the demo version. An earlier
    installation is replaced when the new one is whole; a broken download is continued next time.
    """
    settings = read_settings()
    with progress_report(f"Installing {name}") as report:
        executable = install_simulator(settings, name, report)
    click.echo(f"{name} is installed: {executable}")


@simulators.command()
@click.argument("name", type=INSTALLED)
@json_option
def verify(name: str, as_json: bool) -> None:
    """Compare an installation with the checksums it was installed with."""
    differences = verify_simulator(read_settings(), name)
    rows = [{"simulator": name, "difference": text} for text in differences]
    show_rows(rows, as_json, empty=f"{name} is as it was installed.")
    if differences:
        raise click.exceptions.Exit(ExitCode.CHECK_FAILED)


@simulators.command()
@click.argument("name", type=INSTALLED)
@yes_option
def remove(name: str, yes: bool) -> None:
    """Remove a simulator that `install` has put there."""
    confirm(f"Remove {name}? Tasks that need it would fail.", yes)
    remove_simulator(read_settings(), name)
    click.echo(f"{name} is removed.")


@simulators.command()
@click.argument("source", type=EXISTING)
@click.argument("target", type=NEW)
def encrypt(source: Path, target: Path) -> None:
    """Encrypt the file SOURCE into TARGET with S3_ENCRYPTION_PASSWORD and _SALT."""
    seal = Binaries(read_settings()).needed_seal()
    with source.open("rb") as file:
        write_pieces(target, seal.seal(file))
    click.echo(f"{target} is encrypted.")


@simulators.command()
@click.argument("source", type=EXISTING)
@click.argument("target", type=NEW)
def decrypt(source: Path, target: Path) -> None:
    """Decrypt the file SOURCE into TARGET; TARGET appears only if all of it is right."""
    seal = Binaries(read_settings()).needed_seal()
    with source.open("rb") as file:
        write_pieces(target, seal.open(file, source.name))
    click.echo(f"{target} is decrypted.")


@simulators.command()
@click.argument("name", type=STORED)
@click.argument("file", type=EXISTING)
@yes_option
def upload(name: str, file: Path, yes: bool) -> None:
    """Encrypt FILE, an archive or the executable of a simulator, and put it into the store."""
    binaries = Binaries(read_settings())
    seal, source = binaries.needed_seal(), binaries.source(name)
    store = binaries.store()
    if any(stored.key == source.key for stored in store.list(source.bucket, source.key)):
        confirm(f"Replace {source.bucket}/{source.key}?", yes)
    with TemporaryDirectory(prefix="yaptide-upload-") as folder:
        sealed = Path(folder) / "sealed"
        with file.open("rb") as plain_file:
            write_pieces(sealed, seal.seal(plain_file))
        with progress_report(f"Uploading {file.name}") as report:
            stored = store.upload(source.bucket, source.key, sealed, report)
    click.echo(f"{source.bucket}/{source.key}: {stored.size} bytes, SHA-256 {stored.sha256}")


@simulators.command()
@click.argument("name", type=STORED)
@click.argument("target", type=NEW)
def download(name: str, target: Path) -> None:
    """Fetch a simulator's file from the store and decrypt it into TARGET."""
    binaries = Binaries(read_settings())
    source = binaries.source(name)
    with TemporaryDirectory(prefix="yaptide-download-") as folder:
        fetched = Path(folder) / "fetched"
        with progress_report(f"Downloading {name}") as report:
            binaries.store().download(source.bucket, source.key, fetched, report, source.version)
        with fetched.open("rb") as file:
            write_pieces(target, binaries.needed_seal().open(file, source.place))
    click.echo(f"{target} is downloaded and decrypted.")
