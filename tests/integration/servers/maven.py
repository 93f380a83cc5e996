"""Programs that no Debian package has: fetched by their Maven coordinates, checked, kept."""

import fcntl
import os
import shutil
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.servers.process import ProgramFailed, missing, program, run

COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
LONGEST_DOWNLOAD = 900.0


class BrokenDownload(Exception):
    """What Maven left is no whole archive."""


def fetched(coordinates: str, archive: Path) -> Path:
    """Return `archive`, a jar or zip file, fetched if it isn't there whole.

    One process of a checkout at a time asks Maven, since its repository is not made for several.
    What fails is tried once more with an empty repository, for what is broken may lie in the usual
    one; a warning tells of it. A test that can't have the archive is skipped, see `missing`.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with alone(archive.parent.parent / "maven.lock"):
        if not zipfile.is_zipfile(archive):
            try:
                _fetch(coordinates, archive)
            except (ProgramFailed, BrokenDownload) as error:
                warnings.warn(f"Maven is asked again for {coordinates}: {error}", stacklevel=2)
                _fetch_anew(coordinates, archive)
    return archive


def _fetch_anew(coordinates: str, archive: Path) -> None:
    with TemporaryDirectory(prefix="repository-", dir=archive.parent) as repository:
        try:
            _fetch(coordinates, archive, f"-Dmaven.repo.local={repository}")
        except (ProgramFailed, BrokenDownload) as error:
            missing(f"Maven has no {coordinates}: {error}")


def _fetch(coordinates: str, archive: Path, *options: str) -> None:
    folder = archive.with_name("fetched")
    shutil.rmtree(folder, ignore_errors=True)
    done = run(
        [
            *(program("mvn", "maven"), "--batch-mode", *_settings(), *options, COPY),
            *(f"-Dartifact={coordinates}", f"-DoutputDirectory={folder}"),
        ],
        cwd=archive.parent,
        longest=LONGEST_DOWNLOAD,
    )
    found = sorted(folder.glob("*"))
    if len(found) != 1 or not _is_whole(found[0]):
        raise BrokenDownload(f"no whole archive came, only {found}\n{done.stdout}{done.stderr}")
    found[0].rename(archive)
    folder.rmdir()


def _settings() -> list[str]:
    """Return the option that names the settings below HOME.

    Java takes the user's folder from the system's accounts, which in a container often is another.
    Whoever gives Maven its arguments by MAVEN_ARGS has chosen the settings.
    """
    path = Path.home() / ".m2" / "settings.xml"
    return ["--settings", str(path)] if path.is_file() and "MAVEN_ARGS" not in os.environ else []


def _is_whole(archive: Path) -> bool:
    try:
        with zipfile.ZipFile(archive) as file:
            return file.testzip() is None
    except zipfile.BadZipFile:
        return False


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one at a time in, of all processes and threads that use the same file."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
