"""Where the raw outputs of tasks wait until they are merged."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from domain.job import JobRef


class TaskFiles(Protocol):
    """Keeps the output files of each (job, task, attempt).

    They lie under the job's id. A version before put them under its number: such are lent where
    there are no others, and found by `kept`.
    """

    def put(self, job: JobRef, index: int, attempt: int, files: Sequence[Path]) -> None:
        """Keep copies of `files`, all or none; a second put of the same attempt replaces them."""
        ...

    def fetch(self, job: JobRef, index: int, attempt: int) -> AbstractContextManager[Path]:
        """Lend a readable folder with the files; FileNotFoundError if there are none."""
        ...

    def remove(self, name: str) -> None:
        """Forget all files kept under a job's id, or its number; nothing happens without any."""
        ...

    def kept(self) -> Sequence[str]:
        """Return the ids of jobs, and the numbers, that files are kept under here."""
        ...
