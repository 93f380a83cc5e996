"""Where the raw outputs of tasks wait until they are merged."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class TaskFiles(Protocol):
    """Keeps the output files of each (simulation, task, attempt)."""

    def put(self, simulation_id: int, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`, all or none; a second put of the same attempt replaces them."""
        ...

    def fetch(self, simulation_id: int, index: int, attempt: int) -> AbstractContextManager[Path]:
        """Lend a readable folder with the files; FileNotFoundError if there are none."""
        ...

    def remove(self, simulation_id: int) -> None:
        """Forget all files of a simulation; nothing happens if there are none."""
        ...

    def simulations(self) -> Sequence[int]:
        """Return the simulations that have files here."""
        ...
