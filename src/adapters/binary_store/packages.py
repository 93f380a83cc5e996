"""What the installation of a simulator consists of, and where it is put."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """One file: in a bucket of the store, or at an address of the web when `url` is set.

    `key` may be empty in a source of data: then all files of the bucket are meant.
    """

    bucket: str = ""
    key: str = ""
    version: str = ""
    url: str = ""

    @property
    def place(self) -> str:
        """Return where the file is, for messages and records."""
        if self.url:
            return self.url
        return f"{self.bucket}/{self.key}" + (f" (version {self.version})" if self.version else "")


@dataclass(frozen=True, slots=True)
class BinaryPackage:
    """A simulator as it is installed: SIMULATORS_DIR/`simulator`, one of `executables` inside.

    The source is an archive or the bare executable, which gets the first of the names. Further
    archives are unpacked into `data_folder`, also inside.
    """

    simulator: str
    executables: Sequence[str]
    source: Source
    data: Sequence[Source] = field(default_factory=tuple)
    data_folder: str = "data"
