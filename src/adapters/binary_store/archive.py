"""Archives unpacked with distrust: nothing leaves the folder, nothing grows without bound."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from application.clusters.tar_members import DAMAGED, NotBelieved, TarMembers, open_tar, path_inside
from domain.errors import InstallationFailed

MOST_FILES = 200_000
MOST_BYTES = 64 << 30
MOST_GROWTH = 200
"""An archive that grows more than 200-fold (and beyond a gigabyte) is a bomb."""

FREE_GROWTH = 1 << 30

COMPRESSIONS: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
"""What opens a tar archive that begins so."""


def is_archive(file: Path) -> bool:
    """Say whether a file is a tar (compressed or not) or a zip archive."""
    return zipfile.is_zipfile(file) or _is_tar(file)


def unpack(archive: Path, target: Path) -> None:
    """Unpack a tar or zip archive into a new folder; InstallationFailed for one that is not safe.

    Files, folders and links that stay inside are taken, nothing else.
    """
    target.mkdir(parents=True, exist_ok=True)
    budget = _Budget(archive)
    try:
        if zipfile.is_zipfile(archive):
            _unpack_zip(archive, target, budget)
        else:
            _unpack_tar(archive, target, budget)
    except (*DAMAGED, zipfile.BadZipFile, zlib.error, ValueError, RuntimeError) as error:
        raise InstallationFailed(f"{archive.name} can't be unpacked: {error}") from error
    except OSError as error:
        # gzip and lzma report damage as an OSError without a number.
        reason = error.strerror or str(error)
        raise InstallationFailed(f"{archive.name} can't be unpacked: {reason}") from error


def sole_folder(folder: Path) -> Path:
    """Return the only folder inside, where an archive holds everything in one, else `folder`."""
    entries = list(folder.iterdir())
    only = len(entries) == 1 and entries[0].is_dir() and not entries[0].is_symlink()
    return entries[0] if only and entries[0].name not in ("bin", "lib") else folder


class _Budget:
    """Counts files and bytes of one archive against what is believable."""

    def __init__(self, archive: Path) -> None:
        self._name = archive.name
        self._files = MOST_FILES
        self._bytes = min(MOST_BYTES, archive.stat().st_size * MOST_GROWTH + FREE_GROWTH)

    def file(self) -> None:
        """Count a file."""
        self._files -= 1
        if self._files < 0:
            raise InstallationFailed(f"{self._name} holds more than {MOST_FILES} files")

    def bytes(self, count: int) -> None:
        """Count bytes that were written."""
        self._bytes -= count
        if self._bytes < 0:
            raise InstallationFailed(f"{self._name} grows beyond all measure when unpacked")


def _is_tar(file: Path) -> bool:
    """Say whether a file begins like a tar archive, however bad it may be."""
    try:
        with _decompressed(file) as plain, open_tar(plain):
            return True
    except NotBelieved:
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


def _unpack_tar(archive: Path, target: Path, budget: _Budget) -> None:
    with _decompressed(archive) as plain, open_tar(plain) as members:
        links = []
        for member in members:
            budget.file()
            path = _inside(target, member.name)
            if member.isdir():
                _make_folder(path, budget)
            elif member.isfile():
                source = members.tar.extractfile(member)
                assert source is not None
                _write(source, path, budget)
                path.chmod(0o755 if member.mode & 0o111 else 0o644)
            elif member.issym() or member.islnk():
                links.append((path, member))
            else:
                raise InstallationFailed(f"{archive.name}: {member.name!r} is a device or a pipe")
        _read_to_the_end(members, budget)
        # Links come last, so that no file is ever written through one.
        for path, member in links:
            _link(target, path, member)


def _read_to_the_end(members: TarMembers, budget: _Budget) -> None:
    """Make what compressed the archive check its own end, which the last file may lie before."""
    for piece in _pieces(members.rest()):
        budget.bytes(len(piece))


def _unpack_zip(archive: Path, target: Path, budget: _Budget) -> None:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            budget.file()
            path = _inside(target, member.filename)
            if member.is_dir():
                _make_folder(path, budget)
                continue
            with packed.open(member) as source:
                _write(source, path, budget)
            path.chmod(0o755 if member.external_attr >> 16 & 0o111 else 0o644)


def _inside(target: Path, name: str) -> Path:
    if "\\" in name:
        raise InstallationFailed(f"the archive holds {name[:80]!r}, a path of Windows")
    return path_inside(target, name)


def _make_folder(path: Path, budget: _Budget) -> None:
    """Make a folder and those above it; each counts as a file, since one name can hold many."""
    missing = []
    while not path.exists():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        budget.file()
        folder.mkdir()


def _write(source: IO[bytes], path: Path, budget: _Budget) -> None:
    _make_folder(path.parent, budget)
    with path.open("wb") as file:
        for piece in _pieces(source):
            budget.bytes(len(piece))
            file.write(piece)


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while piece := source.read(1 << 20):
        yield piece


def _link(target: Path, path: Path, member: tarfile.TarInfo) -> None:
    symbolic = member.issym()
    start = path.parent if symbolic else target
    place = (start / member.linkname).resolve()
    if member.linkname.startswith("/") or not place.is_relative_to(target.resolve()):
        raise InstallationFailed(f"{member.name!r} is a link that leads out of its folder")
    if not path.parent.resolve().is_relative_to(target.resolve()):
        raise InstallationFailed(f"{member.name!r} lies behind a link out of its folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if symbolic:
        path.symlink_to(member.linkname)
    elif place.is_file():
        shutil.copy2(place, path)
    else:
        raise InstallationFailed(f"{member.name!r} is a link to a file that is not there")
