"""Makes what runs simulators on this machine, and what computes with their outputs."""

from adapters.executors.local_process.computation import ProcessComputation
from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.runner import LocalProcessRunner
from entrypoints.settings import Settings

LOADED = ("application.merging.merge_job", "adapters.simulators.scored_output.merging")
"""What most computations need, and what takes long to load."""


def make_runner(settings: Settings) -> LocalProcessRunner:
    """Return a runner with the limits that are set."""
    said = settings.simulator_limits
    limits = Limits(
        said.memory, said.file_size, processes=said.processes, seconds=_seconds(said.hours)
    )
    return LocalProcessRunner(limits)


def make_computation(settings: Settings) -> ProcessComputation:
    """Return what computes in processes with the limits that are set."""
    said = settings.computation_limits
    largest_file = settings.simulator_limits.file_size
    limits = Limits(said.memory, largest_file, seconds=_seconds(said.hours))
    return ProcessComputation(limits, LOADED)


def _seconds(hours: float | None) -> float | None:
    return None if hours is None else hours * 3600
