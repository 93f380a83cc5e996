"""The members of a tar archive, read so that its headers can't take all memory.

Names and attributes that don't fit into a block of 512 bytes come in extended headers (pax, GNU),
which say themselves how long they are, follow one another without end, and are read whole. Holes of
sparse files are listed in the same way. What compresses an archive shrinks such headers a
thousandfold, so that a small file could ask for gigabytes.
"""

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from domain.errors import InstallationFailed

MOST_HEADER = 256 << 10
"""Bytes of all headers of one member; paths have 4096 at most, attributes a few thousand."""

MOST_GLOBAL = 100
"""Records that hold for all members: usually there is one at the most."""

COMPRESSIONS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}

DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a damaged archive fails with, beside an OSError."""


class BoundedHeaders:
    """A decompressed archive that gives headers, but no more of them than is believable."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content
        self._left: int | None = MOST_HEADER

    def expect_header(self, expected: bool) -> None:
        """Say whether what is read next is a header of a new member, or its content."""
        self._left = MOST_HEADER if expected else None

    def read(self, size: int = -1) -> bytes:
        """Return bytes as any file; InstallationFailed beyond what headers may have."""
        if self._left is not None:
            if not 0 <= size <= self._left:
                raise InstallationFailed(
                    f"a member of the archive has headers of more than {MOST_HEADER >> 10} KiB"
                )
            self._left -= size
        return self._content.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go elsewhere."""
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        """Return where we are."""
        return self._content.tell()


class TarMembers:
    """An open archive."""

    def __init__(self, tar: tarfile.TarFile, content: BoundedHeaders) -> None:
        self._tar = tar
        self._content = content

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        """Yield the members; read each before the next. InstallationFailed for what is no good."""
        while (member := self._tar.next()) is not None:
            self._check(member)
            # The archive remembers all members: what they take must not depend on what is sent.
            member.pax_headers = {}
            self._content.expect_header(False)
            yield member
            self._content.expect_header(True)
        self._content.expect_header(False)

    def _check(self, member: tarfile.TarInfo) -> None:
        if len(self._tar.pax_headers) > MOST_GLOBAL:
            raise InstallationFailed(f"the archive has more than {MOST_GLOBAL} global headers")
        if member.issparse():
            raise InstallationFailed(f"{member.name!r} is a sparse file: pack it without its holes")

    def open(self, member: tarfile.TarInfo) -> IO[bytes]:
        """Return the content of a regular file."""
        source = self._tar.extractfile(member)
        assert source is not None
        return source

    def rest(self) -> IO[bytes]:
        """Return what lies behind the last member."""
        return cast(IO[bytes], self._content)


@contextmanager
def open_tar(archive: Path) -> Iterator[TarMembers]:
    """Open a tar archive, compressed or not; one of DAMAGED, OSError or InstallationFailed."""
    with _decompressed(archive) as plain:
        content = BoundedHeaders(plain)
        with tarfile.open(fileobj=cast(IO[bytes], content), mode="r:") as tar:
            yield TarMembers(tar, content)


def is_tar(file: Path) -> bool:
    """Say whether a file begins like a tar archive, however bad it may be."""
    try:
        with open_tar(file):
            return True
    except InstallationFailed:
        return True
    except (*DAMAGED, OSError):
        return False


def _decompressed(archive: Path) -> IO[bytes]:
    with archive.open("rb") as file:
        start = file.read(6)
    for magic, opened in COMPRESSIONS.items():
        if start.startswith(magic):
            return cast(IO[bytes], opened(archive, "rb"))
    return archive.open("rb")
