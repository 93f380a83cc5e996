"""Which simulators there are, and which one a submission means."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from application.ports.simulator import InputFiles, Simulator
from domain.errors import InvalidInput

COMMON = "common"
"""The `sim_type` by which a submission leaves the choice to us."""


def found_here(simulator: Simulator) -> bool:
    """Say whether a simulator is installed on this machine."""
    return simulator.find() is not None


class SimulatorCatalog:
    """The simulators of this installation by their name on the wire.

    `installed` says whether jobs of a simulator would find it where they run.
    """

    def __init__(
        self,
        simulators: Iterable[Simulator],
        default: str,
        installed: Callable[[Simulator], bool] = found_here,
    ) -> None:
        self._by_name: Mapping[str, Simulator] = {item.name: item for item in simulators}
        self._default = default
        self._installed = installed

    def __iter__(self) -> Iterator[Simulator]:
        """Iterate over all simulators."""
        return iter(self._by_name.values())

    def named(self, name: str) -> Simulator:
        """Return the simulator of this name; InvalidInput lists those there are."""
        simulator = self._by_name.get(name.lower())
        if simulator is None:
            known = ", ".join([*self._by_name, COMMON])
            raise InvalidInput("sim_type", f"{name!r} is not a simulator; choose one of: {known}")
        return simulator

    def has(self, simulator: Simulator) -> bool:
        """Say whether jobs of a simulator would find it where they run."""
        return self._installed(simulator)

    def meant(self, name: str, files: InputFiles | None) -> Simulator:
        """Return the simulator a submission means, wherever it is installed.

        `common` is told from the files; a project that doesn't say is for the default.
        """
        return self._infer(files) if name.lower() == COMMON else self.named(name)

    def _infer(self, files: InputFiles | None) -> Simulator:
        if files is None:
            return self.named(self._default)
        fitting = [item for item in self._by_name.values() if _reads(item, files)]
        if len(fitting) == 1:
            return fitting[0]
        known = ", ".join(self._by_name)
        raise InvalidInput("sim_type", f"can't be told from the files; choose one of: {known}")


def _reads(simulator: Simulator, files: InputFiles) -> bool:
    try:
        simulator.total_primaries(files)
    except InvalidInput:
        return False
    return True
