"""Joins the adapters to the ports: one container of all rooms, each declared in its own module."""

from dependency_injector import providers

from entrypoints.composition.clusters import Clusters
from entrypoints.composition.reading import Reading
from entrypoints.composition.upkeep import Upkeep
from entrypoints.settings import Settings, read_settings


class Container(Clusters, Reading, Upkeep):
    """Every object of a process; a process makes only those it uses, after it was forked."""


def make_container(settings: Settings | None = None) -> Container:
    """Return a container for `settings`, by default those of the environment."""
    return Container(settings=providers.Object(settings or read_settings()))
