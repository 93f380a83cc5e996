"""Follow the file in which a simulator tells its progress, for those that do not print it."""

import codecs
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
            with path.open("rb") as file:
                file.seek(self._offset)
                piece = file.read(PIECE)
        except OSError:
            return ""
        self._offset += len(piece)
        return self._decoder.decode(piece)
