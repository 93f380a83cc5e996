"""Makes what runs simulators on this machine."""

from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.runner import LocalProcessRunner
from entrypoints.settings import Settings


def make_runner(settings: Settings) -> LocalProcessRunner:
    """Return a runner with the limits that are set."""
    said = settings.simulator_limits
    seconds = None if said.hours is None else said.hours * 3600
    return LocalProcessRunner(
        Limits(said.memory, said.file_size, processes=said.processes, seconds=seconds)
    )
