"""`yaptide up`: the whole service on this machine with one command."""

import os
import socket
import sys

import click

from entrypoints.composition.container import make_container
from entrypoints.processes.database_ready import ready_database
from entrypoints.processes.log_lines import READABLE
from entrypoints.processes.supervisor import Service, Supervisor
from entrypoints.settings import Settings, read_settings
from entrypoints.settings.substitutes import NAME, OPEN_SUBSTITUTES

OFFERED_BY_FRONTEND = frozenset({"shieldhit", "fluka"})
"""What the existing frontend lets users choose for the server; it never asks what is there."""


@click.command()
@click.option(
    "--port",
    default=5000,
    type=click.IntRange(1, 65535),
    show_default=True,
    help="Port to listen on.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--substitute",
    is_flag=True,
    help=f"Run projects meant for simulators that are not here on open ones: {NAME}, if that is "
    f"not set, is {OPEN_SUBSTITUTES!r}.",
)
def up(port: int, host: str, substitute: bool) -> None:
    """Start the API, a simulation worker and a helper worker, until Ctrl-C."""
    settings = read_settings()
    environment = {}
    if substitute and not settings.substitutes:
        environment[NAME] = OPEN_SUBSTITUTES
        settings = read_settings({**os.environ, **environment})
    _check_port(host, port)
    ready_database(make_container(settings))
    address = f"http://{_reachable(host)}:{port}"
    services = _services(host, port)
    environment |= {"BACKEND_INTERNAL_URL": address, READABLE: "1"}
    with Supervisor(services, environment, settings.stop_grace_seconds) as supervisor:
        _introduce(settings, address)
        supervisor.run()


def _services(host: str, port: int) -> list[Service]:
    module = [sys.executable, "-m", "entrypoints"]
    web = [
        *(
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            "python:entrypoints.gunicorn_config",
        ),
        *("--bind", f"{host}:{port}"),
    ]
    return [
        Service("web", web),
        Service("simulations", [*module, "worker", "simulations"]),
        Service("helper", [*module, "worker", "helper"]),
    ]


def _introduce(settings: Settings, address: str) -> None:
    click.echo(f"YAPTIDE listens on {address}; data is kept in {settings.data_dir}.")
    click.echo("Add the first user with: yaptide users add NAME")
    installed = {item.name for item in make_container(settings).simulators() if item.find()}
    if not installed:
        click.echo("No simulator is installed yet: yaptide simulators install mcsquare")
    elif settings.substitutes:
        click.echo("Projects for simulators that are not here run on others, which users are told.")
    elif not installed & OFFERED_BY_FRONTEND:
        click.echo("The frontend offers none of the simulators here: see yaptide up --substitute.")
    click.echo("Ctrl-C stops everything.")


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"{host}:{port} can't be listened on ({error.strerror}); try another --port"
            ) from error


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104 - compared, not bound
