"""Follow what a process writes to a file, while it writes."""

import codecs
from collections.abc import Iterator
from pathlib import Path

PIECE = 1 << 20


class FollowedFile:
    """Reads what is new in a growing file; characters that are cut in two wait for the rest."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        """Return at most a mebibyte of what was written since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                data = file.read(PIECE)
        except FileNotFoundError:
            return ""
        self._offset += len(data)
        return self._decoder.decode(data)

    def read_all(self) -> Iterator[str]:
        """Yield everything that is left, in pieces of a mebibyte."""
        return iter(self.read, "")


def tail(path: Path, size: int) -> str:
    """Return the last `size` bytes of a file as text."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - size))
        return file.read().decode("utf-8", "replace")
