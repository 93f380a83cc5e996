"""A download that can be broken off and continued."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path


class Partial:
    """The part of a file that has come so far, and which version of the file it is a part of.

    `tag` changes when the file at the other end does: a part of another version starts anew.
    """

    def __init__(self, target: Path, tag: str) -> None:
        self._target = target
        self._part = target.with_name(f"{target.name}.part")
        self._tag = target.with_name(f"{target.name}.tag")
        if not self._part.exists() or _text(self._tag) != tag:
            self._part.write_bytes(b"")
            self._tag.write_text(tag)

    @property
    def size(self) -> int:
        """Bytes that have come."""
        return self._part.stat().st_size

    def append(self, pieces: Iterable[bytes], report: Callable[[int], None]) -> None:
        """Add what comes; what came before an error stays for the next time."""
        with self._part.open("ab") as file:
            for piece in pieces:
                file.write(piece)
                report(file.tell())

    def sha256(self) -> str:
        """Return the checksum of what has come."""
        with self._part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def complete(self) -> None:
        """Give the file its name."""
        self._part.replace(self._target)
        self._tag.unlink(missing_ok=True)

    def restart(self) -> None:
        """Begin again with nothing."""
        self._part.write_bytes(b"")

    def discard(self) -> None:
        """Forget what has come."""
        self._part.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
