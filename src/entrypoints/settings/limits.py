"""What a simulator, and a merge, may take of a worker's machine."""

from dataclasses import dataclass

from entrypoints.settings.values import Values


@dataclass(frozen=True, slots=True)
class SimulatorLimits:
    """Memory and file size in MiB, processes, hours; None means no limit."""

    memory: int | None
    file_size: int | None
    processes: int | None
    hours: float | None


@dataclass(frozen=True, slots=True)
class ComputationLimits:
    """Memory in MiB and hours of looking at outputs or merging them; None means no limit."""

    memory: int | None
    hours: float | None


def computation_limits(values: Values) -> ComputationLimits:
    """Return what is set; zero means no limit."""
    return ComputationLimits(
        memory=values.number("MERGE_MEMORY_MIB", int, 0) or None,
        hours=values.number("MERGE_HOURS", float, 0) or None,
    )


def simulator_limits(values: Values) -> SimulatorLimits:
    """Return what is set; zero means no limit."""
    return SimulatorLimits(
        memory=values.number("SIMULATOR_MEMORY_MIB", int, 0) or None,
        file_size=values.number("SIMULATOR_FILE_MIB", int, 0) or None,
        processes=values.number("SIMULATOR_PROCESSES", int, 0) or None,
        hours=values.number("SIMULATOR_HOURS", float, 0) or None,
    )
