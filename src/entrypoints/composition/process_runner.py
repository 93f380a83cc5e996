"""Makes what runs simulators on this machine."""

from adapters.executors.local_process.confinement.places import Places
from adapters.executors.local_process.limits import Limits
from adapters.executors.local_process.runner import LocalProcessRunner
from domain.errors import ConfinementUnavailable
from entrypoints.settings import Settings


def make_runner(settings: Settings) -> LocalProcessRunner:
    """Return a runner with the limits and the confinement that are set."""
    said = settings.simulator_limits
    seconds = None if said.hours is None else said.hours * 3600
    confinement = settings.confinement
    return LocalProcessRunner(
        Limits(said.memory, said.file_size, processes=said.processes, seconds=seconds),
        confinement.confine,
        # The folder of data may be one of this process alone.
        Places(confinement.reads, [settings.data_dir, *confinement.private]),
    )


def confinement_sentence(runner: LocalProcessRunner) -> str:
    """Say what keeps engines to their own on this machine, or that none is run here."""
    try:
        return runner.coverage().sentence()
    except ConfinementUnavailable as error:
        return f"no engine is run: {error}"
