"""Follow what a process writes to a file, while it writes."""

import codecs
import os
from collections.abc import Iterator
from typing import BinaryIO

PIECE = 1 << 20


class FollowedFile:
    """Reads what is new in a growing file; characters that are cut in two wait for the rest.

    The file was opened before the engine ran, which may put something else in its place.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file.fileno()
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def read(self) -> str:
        """Return at most a mebibyte of what was written since the last call."""
        data = os.pread(self._file, PIECE, self._offset)
        self._offset += len(data)
        return self._decoder.decode(data)

    def read_all(self) -> Iterator[str]:
        """Yield everything that is left, in pieces of a mebibyte."""
        return iter(self.read, "")

    def tail(self, size: int) -> str:
        """Return the last `size` bytes as text."""
        end = os.fstat(self._file).st_size
        return os.pread(self._file, size, max(0, end - size)).decode("utf-8", "replace")
