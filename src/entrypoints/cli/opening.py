"""The container of one command: opened when it is needed, closed when the command ends."""

import click

from entrypoints.composition.administration import AdministrationContainer, make_administration
from entrypoints.processes.database_ready import ready_database


def open_container() -> AdministrationContainer:
    """Return a container for the settings of the environment, whatever state its database is in."""
    container = make_administration()
    engine = container.engine()
    click.get_current_context().call_on_close(engine.dispose)
    return container


def ready_container() -> AdministrationContainer:
    """Return a container whose database is ready; SchemaOutOfDate, Unavailable."""
    container = open_container()
    ready_database(container)
    return container
