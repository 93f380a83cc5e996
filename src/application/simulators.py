"""Which simulators there are, and which one a submission means."""

from collections.abc import Iterable, Iterator, Mapping

from application.ports.simulator import InputFiles, Simulator
from domain.errors import InvalidInput, SimulatorNotInstalled

COMMON = "common"
"""The `sim_type` by which a submission leaves the choice to us."""


class SimulatorCatalog:
    """The simulators of this installation by their name on the wire."""

    def __init__(self, simulators: Iterable[Simulator], default: str) -> None:
        self._by_name: Mapping[str, Simulator] = {item.name: item for item in simulators}
        self._default = default

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

    def choose(self, name: str, files: InputFiles | None) -> Simulator:
        """Return the simulator a submission means; `common` is told from its files.

        Raises SimulatorNotInstalled when nothing could run the job.
        """
        simulator = self._infer(files) if name.lower() == COMMON else self.named(name)
        if simulator.find() is None:
            raise SimulatorNotInstalled(
                simulator.name,
                f"an administrator can run: yaptide simulators install {simulator.name}",
            )
        return simulator

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
