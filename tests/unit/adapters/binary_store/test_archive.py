"""Archives that want out, or that want to be too large."""

import gzip
import io
import tarfile
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adapters.binary_store import archive
from adapters.binary_store.archive import is_archive, sole_folder, unpack
from domain.errors import InstallationFailed

PROGRAM = b"#!/bin/sh\necho ok\n"


def member(name: str, **fields: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info


def tar(path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as file:  # type: ignore[call-overload]
        for info, content in members:
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return path


def link(name: str, to: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=to), b""


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_good_archive_is_unpacked(tmp_path: Path, mode: str) -> None:
    file = tar(
        tmp_path / "a.tar",
        (member("fluka/bin/rfluka", mode=0o4755), PROGRAM),
        (member("fluka/data.bin", mode=0o666), b"\x00"),
        link("fluka/current", "bin/rfluka"),
        link("fluka/bin/hard", "fluka/data.bin", tarfile.LNKTYPE),
        mode=mode,
    )
    assert is_archive(file)
    unpack(file, tmp_path / "out")
    folder = sole_folder(tmp_path / "out")
    assert folder.name == "fluka"
    # No bit that lets a program run as its owner survives.
    assert (folder / "bin/rfluka").stat().st_mode & 0o7777 == 0o755
    assert (folder / "data.bin").stat().st_mode & 0o7777 == 0o644
    assert (folder / "current").read_bytes() == PROGRAM
    assert (folder / "bin/hard").read_bytes() == b"\x00"


def test_a_good_zip_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        info = zipfile.ZipInfo("topas/bin/topas")
        info.external_attr = 0o755 << 16
        file.writestr(info, PROGRAM)
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert (tmp_path / "out/topas/bin/topas").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    "evil",
    [
        (member("../evil"), b"x"),
        (member("a/../../evil"), b"x"),
        (member("/etc/evil"), b"x"),
        (member("a\\..\\evil"), b"x"),
        link("out", "/etc"),
        link("a/out", "../../elsewhere"),
        link("hard", "../outside", tarfile.LNKTYPE),
        link("hard", "/etc/passwd", tarfile.LNKTYPE),
        (member("pipe", type=tarfile.FIFOTYPE), b""),
        (member("disk", type=tarfile.BLKTYPE), b""),
    ],
)
def test_what_leads_out_is_refused(tmp_path: Path, evil: tuple[tarfile.TarInfo, bytes]) -> None:
    (tmp_path / "outside").write_text("secret")
    file = tar(tmp_path / "a.tar", (member("good"), b"x"), evil)
    with pytest.raises(InstallationFailed):
        unpack(file, tmp_path / "deep" / "out")
    assert not list(tmp_path.rglob("evil"))


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    file = tar(tmp_path / "a.tar", link("a", "b"), link("b", "."), link("a/c", "/etc"))
    with pytest.raises(InstallationFailed):
        unpack(file, tmp_path / "out")
    through = tar(tmp_path / "b.tar", link("d", "../elsewhere"), (member("d/evil"), b"x"))
    with pytest.raises(InstallationFailed):
        unpack(through, tmp_path / "out2")
    assert not (tmp_path / "elsewhere").exists()


def test_a_zip_that_leads_out_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        file.writestr("../evil", b"x")
    with pytest.raises(InstallationFailed, match="leads out"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_bombs_are_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_GROWTH", 1 << 20)
    monkeypatch.setattr(archive, "MOST_FILES", 50)
    large = tar(tmp_path / "a.tar", (member("zeros"), bytes(32 << 20)))
    with pytest.raises(InstallationFailed, match="grows"):
        unpack(large, tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(32 << 20))
    with pytest.raises(InstallationFailed, match="grows"):
        unpack(tmp_path / "d.zip", tmp_path / "out4")
    # Behind the last file of a tar there may be anything.
    behind = tmp_path / "e.tar.gz"
    small = tar(tmp_path / "e.tar", (member("f"), b"x"), mode="w")
    behind.write_bytes(gzip.compress(small.read_bytes() + bytes(32 << 20)))
    with pytest.raises(InstallationFailed, match="grows"):
        unpack(behind, tmp_path / "out5")
    many = tar(tmp_path / "b.tar", *((member(f"f{n}"), b"") for n in range(60)))
    with pytest.raises(InstallationFailed, match="more than 50 files"):
        unpack(many, tmp_path / "out2")


@pytest.mark.parametrize("mode", ["w:gz", "w:xz"])
def test_a_truncated_archive_is_refused(tmp_path: Path, mode: str) -> None:
    import random

    noise = random.Random(1).randbytes(200_000)
    file = tar(tmp_path / "a.tar", (member("big"), noise), mode=mode)
    file.write_bytes(file.read_bytes()[:100_000])
    with pytest.raises(InstallationFailed, match="can't be unpacked"):
        unpack(file, tmp_path / "out")


def test_a_program_is_no_archive(tmp_path: Path) -> None:
    (tmp_path / "shieldhit").write_bytes(PROGRAM)
    assert not is_archive(tmp_path / "shieldhit")


def block(name: str, kind: bytes, size: int) -> bytes:
    """Return a header of 512 bytes that promises `size` bytes behind it."""
    return member(name, type=kind, size=size).tobuf(tarfile.GNU_FORMAT)


def record(key: str, value: str) -> bytes:
    """Return a record of an extended header of the form pax, for short keys and values."""
    text = f"{key}={value}\n"
    return f"{len(text) + 3} {text}".encode()


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


GIBIBYTE = 1 << 30
CHAIN = (block("long", tarfile.GNUTYPE_LONGNAME, 1 << 15) + b"x" * (1 << 15)) * 40
GLOBAL = padded(b"".join(record(f"{key:07}", "v") for key in range(200)))
LIST = (b"%011o\0" % 1) * 42 + b"\x01" + bytes(7)
"""A list of 21 holes of a sparse file, behind which another one follows."""


def holes() -> bytes:
    """Return the header of a sparse file behind which lists of holes follow."""
    made = bytearray(block("holes", tarfile.GNUTYPE_SPARSE, 0))
    made[482] = 1
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        (block("long", tarfile.GNUTYPE_LONGNAME, GIBIBYTE), "headers of more than"),
        (block("long", tarfile.GNUTYPE_LONGLINK, GIBIBYTE), "headers of more than"),
        (block("pax", tarfile.XHDTYPE, GIBIBYTE), "headers of more than"),
        (block("pax", tarfile.XGLTYPE, 8 * GIBIBYTE - 1), "headers of more than"),
        (CHAIN, "headers of more than"),
        (holes() + LIST * 1000, "headers of more than"),
        (block("all", tarfile.XGLTYPE, len(GLOBAL)) + GLOBAL, "global headers"),
    ],
    ids=["long name", "long link", "pax", "global", "chain", "holes", "many global"],
)
@pytest.mark.parametrize("first", [True, False])
def test_headers_are_bounded_wherever_they_stand(
    tmp_path: Path, headers: bytes, reason: str, packed: bool, first: bool
) -> None:
    good = tar(tmp_path / "good.tar", (member("f"), b"x"), mode="w").read_bytes()
    content = headers + good if first else good[:1024] + headers + good
    file = tmp_path / "bomb.tar"
    file.write_bytes(gzip.compress(content, 1) if packed else content)
    assert is_archive(file)
    tracemalloc.start()
    try:
        with pytest.raises(InstallationFailed, match=reason):
            unpack(file, tmp_path / "out")
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_long_names_and_attributes_of_good_archives_are_read(tmp_path: Path) -> None:
    name = "/".join(["a-rather-long-name-of-a-folder" * 3] * 5) + "/file"
    for kind in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        file = tmp_path / f"{kind}.tar.gz"
        with tarfile.open(file, "w:gz", format=kind, pax_headers={"comment": "x" * 100}) as out:
            for number in range(3):
                info = member(f"{name}{number}", size=1)
                info.pax_headers = {"SCHILY.xattr.user.note": "é" * 5000}
                out.addfile(info, io.BytesIO(b"1"))
        unpack(file, tmp_path / str(kind))
        assert (tmp_path / str(kind) / f"{name}2").read_bytes() == b"1"


def test_a_sparse_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(block("holes", tarfile.GNUTYPE_SPARSE, 0) + bytes(1024))
    with pytest.raises(InstallationFailed, match="'holes' is a sparse file"):
        unpack(tmp_path / "a.tar", tmp_path / "out")


def test_folders_count_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_FILES", 50)
    file = tar(tmp_path / "a.tar", (member("d/" * 60 + "f"), b"x"))
    with pytest.raises(InstallationFailed, match="more than 50 files"):
        unpack(file, tmp_path / "out")


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2"])
def test_damage_in_the_middle_is_told_in_a_sentence(tmp_path: Path, mode: str) -> None:
    import random

    noise = random.Random(1).randbytes(200_000)
    file = tar(tmp_path / "a.tar", (member("big"), noise), mode=mode)
    whole = bytearray(file.read_bytes())
    for place in (20_000, 100_000, len(whole) - 20):
        whole[place : place + 10] = b"\xff" * 10
        file.write_bytes(whole)
        with pytest.raises(InstallationFailed, match="can't be unpacked"):
            unpack(file, tmp_path / "out")


@pytest.mark.parametrize("cut", [False, True])
def test_a_damaged_header_is_not_the_end(tmp_path: Path, cut: bool) -> None:
    members = [(member(f"f{number}"), b"x" * 512) for number in range(3)]
    content = bytearray(tar(tmp_path / "a.tar", *members, mode="w").read_bytes())
    # Each member has a block of header and one of content.
    content[1024:1034] = b"\xff" * 10
    (tmp_path / "a.tar").write_bytes(content[:1100] if cut else content)
    with pytest.raises(InstallationFailed, match="damaged"):
        unpack(tmp_path / "a.tar", tmp_path / "out")


def test_an_archive_needs_no_empty_blocks_at_its_end(tmp_path: Path) -> None:
    content = tar(tmp_path / "a.tar", (member("f"), b"x" * 512), mode="w").read_bytes()
    (tmp_path / "a.tar").write_bytes(content[:1024])
    unpack(tmp_path / "a.tar", tmp_path / "out")
    assert (tmp_path / "out" / "f").read_bytes() == b"x" * 512
