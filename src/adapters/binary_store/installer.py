"""Installs binaries of simulators from a store or the web, so that a failure changes nothing."""

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from adapters.binary_store.archive import is_archive, sole_folder, unpack
from adapters.binary_store.packages import BinaryPackage, Source
from adapters.binary_store.sealed_stream import SealBroken, StreamSeal, is_sealed
from adapters.binary_store.website import download_page
from application.ports.binary_store import BinaryStore, Report
from application.simulators.installed_files import checksums, differences, disk_errors
from domain.errors import InstallationFailed, NotInstalledByUs

MANIFEST = ".yaptide.json"
VERSIONS = ".installed"
DOWNLOADS = ".downloads"


class BinaryInstaller:
    """Keeps each installation in a folder of its own; SIMULATORS_DIR/NAME is a link to it.

    The link is replaced in one step at the very end, so that there is a whole installation at
    every moment, the old one or the new one.
    """

    def __init__(
        self,
        simulators_dir: Path,
        store: Callable[[], BinaryStore],
        seal: Callable[[], StreamSeal | None],
    ) -> None:
        self._root = simulators_dir
        self._store = store
        self._seal = seal

    def install(self, package: BinaryPackage, report: Report) -> Path:
        """Download, check and install; return the executable.

        InstallationFailed, SealBroken, StoreUnreachable, StoreRefused or ObjectNotFound leave what
        was installed before as it was; what was downloaded is kept for the next attempt.
        """
        with disk_errors(self._root), self._alone():
            with TemporaryDirectory(dir=self._root, prefix=".installing-") as temporary:
                draft = Path(temporary) / "draft"
                executable = self._lay_out(package, draft, Path(temporary), report)
                self._activate(package, draft)
            shutil.rmtree(self._root / DOWNLOADS / package.simulator, ignore_errors=True)
        return self._root / package.simulator / executable

    def verify(self, simulator: str) -> Sequence[str]:
        """Return what differs from what was installed, a sentence each; NotInstalledByUs."""
        folder = self._root / simulator
        manifest = _manifest(folder)
        if manifest is None:
            raise NotInstalledByUs(simulator)
        return differences(manifest["files"], checksums(folder.resolve(), MANIFEST))

    def installed_from(self, simulator: str) -> str | None:
        """Return where an installation of ours came from, None if there is none."""
        manifest = _manifest(self._root / simulator)
        return None if manifest is None else str(manifest.get("source"))

    def remove(self, simulator: str) -> None:
        """Remove an installation of ours; NotInstalledByUs."""
        with disk_errors(self._root), self._alone():
            link = self._root / simulator
            if not link.is_symlink() or _manifest(link) is None:
                raise NotInstalledByUs(simulator)
            folder = link.resolve()
            link.unlink()
            shutil.rmtree(folder)

    def _lay_out(self, package: BinaryPackage, draft: Path, temporary: Path, report: Report) -> str:
        """Make the whole installation in `draft`; return the path of the executable in it."""
        file = self._fetch(package.simulator, package.source, temporary, report)
        if is_archive(file):
            unpacked = temporary / "unpacked"
            unpack(file, unpacked)
            sole_folder(unpacked).rename(draft)
        else:
            _place(file, draft / package.executables[0])
        for number, source in enumerate(self._data_sources(package)):
            data = self._fetch(package.simulator, source, temporary, report, number + 1)
            unpack(data, draft / package.data_folder)
        for name in package.executables:
            if (draft / name).is_file():
                (draft / name).chmod(0o755)
                return name
        raise InstallationFailed(
            f"{package.source.place} holds no {package.executables[0]}: is it {package.simulator}?"
        )

    def _data_sources(self, package: BinaryPackage) -> Iterator[Source]:
        for source in package.data:
            if source.key or source.url:
                yield source
            else:
                for stored in self._store().list(source.bucket):
                    yield Source(source.bucket, stored.key)

    def _fetch(
        self, simulator: str, source: Source, temporary: Path, report: Report, number: int = 0
    ) -> Path:
        """Return the file of a source, downloaded, opened if it is sealed, and checked."""
        waiting = self._root / DOWNLOADS / simulator
        waiting.mkdir(parents=True, exist_ok=True)
        download = waiting / hashlib.sha256(source.place.encode()).hexdigest()[:16]
        if source.url:
            download_page(source.url, download, report)
        else:
            self._store().download(source.bucket, source.key, download, report, source.version)
        opened = temporary / f"opened-{number}"
        try:
            self._open(source, download, opened)
        except SealBroken:
            # What came can't be right: the next attempt must not begin with it.
            download.unlink()
            raise
        return opened

    def _open(self, source: Source, download: Path, opened: Path) -> None:
        seal = None if source.url else self._seal()
        with download.open("rb") as file:
            sealed = is_sealed(file.read(16))
            file.seek(0)
            if seal is not None:
                with opened.open("wb") as plain:
                    for piece in seal.open(file, source.place):
                        plain.write(piece)
                return
        if sealed:
            raise InstallationFailed(
                f"{source.place} is encrypted: S3_ENCRYPTION_PASSWORD and S3_ENCRYPTION_SALT "
                "must be set"
            )
        shutil.copyfile(download, opened)

    def _activate(self, package: BinaryPackage, draft: Path) -> None:
        link = self._root / package.simulator
        if link.exists() and not link.is_symlink():
            raise InstallationFailed(f"{link} was not made by this command: move it away first")
        manifest = {
            "simulator": package.simulator,
            "source": package.source.place,
            "files": checksums(draft, MANIFEST),
        }
        (draft / MANIFEST).write_text(json.dumps(manifest))
        before = link.resolve() if link.is_symlink() else None
        target = self._root / VERSIONS / f"{package.simulator}-{uuid4().hex[:12]}"
        target.parent.mkdir(exist_ok=True)
        draft.rename(target)
        fresh = self._root / f".{target.name}"
        fresh.symlink_to(Path(VERSIONS) / target.name)
        fresh.replace(link)
        if before is not None and before.parent == (self._root / VERSIONS).resolve():
            shutil.rmtree(before, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from installing at the same time."""
        self._root.mkdir(parents=True, exist_ok=True)
        folder = os.open(self._root, os.O_RDONLY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
        finally:
            os.close(folder)


def _place(file: Path, executable: Path) -> None:
    executable.parent.mkdir(parents=True)
    file.rename(executable)


def _manifest(folder: Path) -> dict[str, dict[str, str]] | None:
    try:
        found = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("files"), dict) else None
