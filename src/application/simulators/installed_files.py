"""What an installation consists of, and what became of it since."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from domain.errors import InstallationFailed


def checksums(folder: Path, manifest: str) -> dict[str, str]:
    """Return the SHA-256 of each file below a folder by its path; a link is what it names.

    The file `manifest`, which keeps them, is left out.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file() and name != manifest:
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def differences(recorded: Mapping[str, str], found: Mapping[str, str]) -> Sequence[str]:
    """Return what differs between two sets of checksums, a sentence each."""
    missing = [f"{name} is missing" for name in recorded if name not in found]
    changed = [
        f"{name} was changed"
        for name, digest in recorded.items()
        if name in found and found[name] != digest
    ]
    added = [f"{name} was added" for name in found if name not in recorded]
    return sorted(missing + changed + added)


@contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Say in a sentence what the file system below a folder does not allow; InstallationFailed."""
    try:
        yield
    except OSError as error:
        raise InstallationFailed(
            f"{error.filename or folder} can't be written: {error.strerror or error}"
        ) from error
