"""The members of a tar archive, read so that its headers can't take all memory.

Names and attributes that don't fit into a block of 512 bytes come in extended headers (pax, GNU),
which say themselves how long they are, follow one another without end, and are read whole. Holes of
sparse files are listed in the same way. What compresses an archive shrinks such headers a
thousandfold, so that a small file could ask for gigabytes.
"""

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol, cast

MOST_HEADER = 256 << 10
"""Bytes of all headers of one member; paths have 4096 at most, attributes a few thousand."""

MOST_GLOBAL = 100
"""Records that hold for all members: usually there is one at the most."""

DAMAGED = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError)
"""What reading a damaged archive fails with, beside an OSError."""


class NotBelieved(tarfile.TarError):
    """An archive that no tar program would make of files as they are kept here."""


def path_inside(folder: Path, name: str) -> Path:
    """Return where a member called `name` goes below `folder`; NotBelieved if it leads out.

    Checked here: `tarfile` has filters that do so only from Python 3.11.4 on.
    """
    parts = PurePosixPath(name).parts
    if not name or "\x00" in name or name.startswith("/") or ".." in parts:
        raise NotBelieved(f"the archive holds {name[:80]!r}, which leads out of its folder")
    return folder.joinpath(*parts)


class Content(Protocol):
    """What a decompressing file can do."""

    def read(self, size: int = -1, /) -> bytes:
        """Return bytes from here on."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go elsewhere."""
        ...

    def tell(self) -> int:
        """Return where we are."""
        ...


class BoundedHeaders:
    """A decompressed archive that gives headers, but no more of them than is believable."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._left: int | None = MOST_HEADER
        self._last = b""

    def expect_header(self, expected: bool) -> None:
        """Say whether what is read next is a header of a new member, or its content."""
        self._left = MOST_HEADER if expected else None

    def read(self, size: int = -1) -> bytes:
        """Return bytes as any file; NotBelieved beyond what headers may have."""
        if self._left is not None:
            if not 0 <= size <= self._left:
                raise NotBelieved(
                    f"a member of the archive has headers of more than {MOST_HEADER >> 10} KiB"
                )
            self._left -= size
            self._last = self._content.read(size)
            return self._last
        return self._content.read(size)

    def ends_well(self) -> bool:
        """Say whether the last header was an empty one or none at all, which end an archive."""
        return not self._last.strip(b"\0")

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go elsewhere."""
        return self._content.seek(offset, whence)

    def tell(self) -> int:
        """Return where we are."""
        return self._content.tell()


class TarMembers:
    """An open archive: `tar` gives the content of members, which are taken from here."""

    def __init__(self, tar: tarfile.TarFile, content: BoundedHeaders) -> None:
        self.tar = tar
        self._content = content

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        """Yield the members; read each before the next. NotBelieved for what is no good."""
        while (member := self.tar.next()) is not None:
            self._check(member)
            # The archive remembers all members: what they take must not depend on what is sent.
            member.pax_headers = {}
            self._content.expect_header(False)
            yield member
            self._content.expect_header(True)
        if not self._content.ends_well():
            # Python takes a header that it can't read for the end.
            raise NotBelieved("a header in the middle of the archive is damaged")
        self._content.expect_header(False)

    def _check(self, member: tarfile.TarInfo) -> None:
        if len(self.tar.pax_headers) > MOST_GLOBAL:
            raise NotBelieved(f"the archive has more than {MOST_GLOBAL} global headers")
        if member.issparse():
            raise NotBelieved(f"{member.name!r} is a sparse file: pack it without its holes")

    def rest(self) -> IO[bytes]:
        """Return what lies behind the last member."""
        return cast(IO[bytes], self._content)


@contextmanager
def open_tar(plain: Content) -> Iterator[TarMembers]:
    """Open a tar archive that is decompressed as it is read; one of DAMAGED or OSError."""
    content = BoundedHeaders(plain)
    with tarfile.open(fileobj=cast(IO[bytes], content), mode="r:") as tar:
        yield TarMembers(tar, content)
