"""Follow the file in which a simulator tells its progress, for those that do not print it."""

import codecs
import os
import stat
from collections.abc import Callable
from pathlib import Path

PIECE = 1 << 20


class LogFollower:
    """Stands in for standard output once there is a progress log.

    A simulator may move its log away at the end of a run; what was read stays read.
    """

    def __init__(self, find: Callable[[], Path | None]) -> None:
        self._find = find
        self._path: Path | None = None
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def told(self, output: str) -> str:
        """Return what the log holds beyond the last call; `output` while there is no log."""
        self._path = self._path or self._find()
        return output if self._path is None else self._read(self._path)

    def _read(self, path: Path) -> str:
        """Return at most a mebibyte; characters that are cut in two wait for the rest."""
        try:
            with open(path, "rb", opener=_own_file) as file:
                file.seek(self._offset)
                piece = file.read(PIECE)
        except OSError:
            return ""
        self._offset += len(piece)
        return self._decoder.decode(piece)


def _own_file(path: str, flags: int) -> int:
    """Open a file that is none elsewhere: a simulator may put a link or a pipe in its place.

    A pipe nobody writes to would never be opened.
    """
    file = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(f"{path} is no file")
    return file
