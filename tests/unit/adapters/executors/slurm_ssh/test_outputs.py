"""Outputs that a user has put on the cluster in place of those of the tasks."""

import gzip
import io
import os
import tarfile
import tracemalloc
from pathlib import Path
from typing import IO, Any, cast

import pytest

from adapters.executors.slurm_ssh import outputs
from adapters.executors.slurm_ssh.connection import Outcome, SshConnection
from domain.cluster import Cluster
from domain.errors import ClusterRefused


class Archive:
    """A connection to a cluster on which there is just one file."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def run(self, command: str, seconds: float = 0) -> Outcome:
        return Outcome(0, "", "")

    def download(self, path: str, file: IO[bytes], most: int) -> None:
        file.write(self._content)


def fetch(content: bytes, folder: Path) -> None:
    connection = cast(SshConnection, Archive(content))
    outputs.fetch(connection, Cluster("test", "host"), "/job", folder, repack=False)


def packed(*members: tuple[str, dict[str, Any]]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as tar:
        for name, fields in members:
            info = tarfile.TarInfo(name)
            info.size = 0 if "type" in fields else 3
            for field, value in fields.items():
                setattr(info, field, value)
            tar.addfile(info, io.BytesIO(b"one"))
    return made.getvalue()


def test_plain_files_are_unpacked(tmp_path: Path) -> None:
    fetch(packed(("1/out.bdo", {}), ("2/out.bdo", {})), tmp_path)
    assert (tmp_path / "2" / "out.bdo").read_bytes() == b"one"


@pytest.mark.parametrize(
    "content",
    [
        packed(("1/link", {"type": tarfile.SYMTYPE, "linkname": "/etc/passwd"})),
        packed(("1/hard", {"type": tarfile.LNKTYPE, "linkname": "/etc/passwd"})),
        packed(("1", {"type": tarfile.SYMTYPE, "linkname": ".."}), ("1/out", {})),
        packed(("../out", {})),
        packed(("1/../../out", {})),
        packed(("1/..", {})),
        packed(("1/nul", {"pax_headers": {"path": "1/n\0ul"}})),
        packed(("1/pipe", {"type": tarfile.FIFOTYPE})),
        packed(("1/disk", {"type": tarfile.BLKTYPE, "devmajor": 8})),
        packed(("1/tty", {"type": tarfile.CHRTYPE, "devmajor": 5})),
        packed(("1", {}), ("1/out", {})),
        packed(("1/out", {}))[:-30],
        packed(("1/out", {}))[:20] + b"\xff" * 40,
        b"no archive at all",
    ],
    ids=[
        "link",
        "hard link",
        "through a link",
        "outside",
        "outside again",
        "its own folder",
        "nul",
        "pipe",
        "disk",
        "terminal",
        "below a file",
        "cut off",
        "damaged",
        "nothing",
    ],
)
def test_what_is_no_plain_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ClusterRefused):
        fetch(content, tmp_path / "here")
    assert not (tmp_path / "out").exists()
    assert not any(path.is_symlink() for path in tmp_path.rglob("*"))


def test_a_path_from_the_root_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClusterRefused, match="leads out of its folder"):
        fetch(packed((f"{tmp_path}/out", {})), tmp_path / "here")
    assert not list(tmp_path.rglob("out"))


def test_neither_owner_nor_mode_is_taken(tmp_path: Path) -> None:
    mine = os.geteuid()
    fetch(packed(("1/run", {"mode": 0o7777, "uid": mine + 1, "uname": "nobody"})), tmp_path)
    status = (tmp_path / "1" / "run").stat()
    assert status.st_uid == mine
    assert status.st_mode & 0o7111 == 0


def test_headers_that_would_fill_the_memory_are_refused(tmp_path: Path) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 28
    content = gzip.compress(header.tobuf() + bytes(1 << 24), 1)
    tracemalloc.start()
    try:
        with pytest.raises(ClusterRefused, match="headers of more than"):
            fetch(content, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()
