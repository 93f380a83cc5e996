"""Makes what runs simulators on this machine, and what computes with their outputs."""

import tempfile

from adapters.executors.local_process.computation import ProcessComputation
from adapters.executors.local_process.confinement.coverage import coverage_here
from adapters.executors.local_process.confinement.places import LOOK, OWN, Places
from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.runner import LocalProcessRunner
from domain.errors import ConfinementUnavailable
from entrypoints.settings import Settings

LOADED = ("application.merging.merge_job", "adapters.simulators.scored_output.merging")
"""What most computations need, and what takes long to load."""


def make_runner(settings: Settings) -> LocalProcessRunner:
    """Return a runner with the limits and the confinement that are set."""
    said = settings.simulator_limits
    limits = Limits(
        said.memory, said.file_size, processes=said.processes, seconds=_seconds(said.hours)
    )
    confinement = settings.confinement
    # The folder of data may be one of this process alone.
    places = Places(confinement.reads, [settings.data_dir, *confinement.private])
    return LocalProcessRunner(limits, confinement.confine, places)


def make_computation(settings: Settings) -> ProcessComputation:
    """Return what computes in processes with the limits that are set."""
    said = settings.computation_limits
    largest_file = settings.simulator_limits.file_size
    limits = Limits(said.memory, largest_file, seconds=_seconds(said.hours))
    work, kept = settings.data_dir / "work", settings.data_dir / "task-files"
    for folder in (work, kept):
        # A rule is about what is there when it is made.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Outputs of tasks that come from a bucket are put into temporary folders.
    places = [(str(work), OWN), (str(kept), LOOK), (tempfile.gettempdir(), LOOK)]
    coverage = coverage_here(settings.confinement.confine)
    return ProcessComputation(limits, LOADED, places, coverage.abi)


def _seconds(hours: float | None) -> float | None:
    return None if hours is None else hours * 3600


def confinement_sentence(runner: LocalProcessRunner) -> str:
    """Say what keeps engines to their own on this machine, or that none is run here."""
    try:
        return runner.coverage().sentence()
    except ConfinementUnavailable as error:
        return f"no engine is run: {error}"
