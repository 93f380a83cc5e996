"""Where the binaries of simulators are kept and fetched from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

Report = Callable[[int, int], None]
"""Takes bytes done and bytes in all; 0 in all means that nobody knows."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One file in the store; `sha256` is that of its content as it lies there, if it is known."""

    key: str
    size: int
    sha256: str | None = None


class BinaryStore(Protocol):
    """Buckets of files. Every method raises StoreUnreachable, StoreRefused or ObjectNotFound."""

    def list(self, bucket: str, prefix: str = "") -> Sequence[StoredObject]:
        """Return the files of a bucket whose keys begin with `prefix`."""
        ...

    def upload(self, bucket: str, key: str, file: Path, report: Report) -> StoredObject:
        """Keep a file with its checksum; it is there whole or not at all."""
        ...

    def download(
        self, bucket: str, key: str, target: Path, report: Report, version: str = ""
    ) -> None:
        """Fetch a file; one that is there in part is continued if it still is the same one.

        The size and, where it is known, the checksum are checked: a file that is wrong is removed
        and InstallationFailed raised.
        """
        ...
