"""The application that the tests serve: the real one, with a simulator that needs no engine."""

from typing import Any

from dependency_injector import providers

from application.simulators.catalog import SimulatorCatalog
from entrypoints.composition.container import Container, make_container
from entrypoints.processes.web import create_application as create
from tests.fakes.simulator import ScriptedSimulator


def scripted_container() -> Container:
    container = make_container()
    catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
    for name in ("simulators", "offered_simulators"):
        getattr(container, name).override(providers.Object(catalog))
    return container


def create_application() -> Any:
    return create(scripted_container())
