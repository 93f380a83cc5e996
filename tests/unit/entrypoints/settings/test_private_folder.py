"""Nobody else looks into the folder for everything that is kept, whatever it was before."""

import os
import stat
from pathlib import Path

import pytest

from entrypoints.settings import InvalidSetting, read_settings
from entrypoints.settings.private_folder import own_folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def opened(folder: Path) -> Path:
    """Return a data folder as a careless version or installation has left it."""
    for name in ("queue", "task-files", "simulators/mcsquare", "work/7"):
        (folder / name).mkdir(parents=True)
    for name in (
        "yaptide.sqlite", "yaptide.sqlite-wal", "secret-key", "queue/simulations.sqlite",
        "task-files/out.bdo", "simulators/mcsquare/MCsquare",
    ):  # fmt: skip
        (folder / name).write_text("x")
        (folder / name).chmod(0o666)
    (folder / "simulators/mcsquare/MCsquare").chmod(0o755)
    for place in (folder, *folder.rglob("*")):
        if place.is_dir():
            place.chmod(0o777)
    return folder


def test_a_new_folder_is_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        own_folder(tmp_path / "a" / "data")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a" / "data") == 0o700


def test_what_was_open_is_closed(tmp_path: Path) -> None:
    folder = opened(tmp_path / "data")
    own_folder(folder)
    assert mode(folder) == 0o700
    for path in folder.rglob("*"):
        if "simulators" not in path.parts:
            assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert mode(folder / "simulators/mcsquare/MCsquare") & 0o100


def test_files_in_a_private_folder_are_closed_too(tmp_path: Path) -> None:
    folder = opened(tmp_path / "data")
    folder.chmod(0o700)
    own_folder(folder)
    for name in ("yaptide.sqlite", "yaptide.sqlite-wal", "secret-key", "queue/simulations.sqlite"):
        assert mode(folder / name) == 0o600
    assert mode(folder / "task-files") == 0o700


@pytest.mark.parametrize("sticky", [0, 0o1000])
def test_a_folder_with_other_things_is_not_closed_but_refused(tmp_path: Path, sticky: int) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    (folder / "thesis.pdf").write_text("x")
    folder.chmod(0o777 | sticky)
    with pytest.raises(InvalidSetting, match="chmod 700") as refused:
        own_folder(folder)
    assert str(folder) in str(refused.value)
    assert mode(folder) == 0o777 | sticky
    folder.chmod(0o700)
    own_folder(folder)
    assert mode(folder / "thesis.pdf") & 0o044


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("x")
    outside.chmod(0o644)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "yaptide.sqlite").symlink_to(outside)
    own_folder(folder)
    assert mode(outside) == 0o644


def test_a_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = opened(tmp_path / "data")

    def forbidden(path: Path, mode: int) -> None:
        raise PermissionError(1, "Operation not permitted", str(path))

    monkeypatch.setattr(Path, "chmod", forbidden)
    with pytest.raises(InvalidSetting, match="belongs to another"):
        own_folder(folder)


def test_a_key_that_somebody_else_has_put_there_is_not_used(tmp_path: Path) -> None:
    known = tmp_path / "known to another"
    known.write_text("k" * 64)
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret-key").symlink_to(known)
    with pytest.raises(InvalidSetting, match="secret-key"):
        read_settings({"DATA_DIR": str(folder)})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_a_key_of_another_user_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "secret-key").write_text("k" * 64)
    os.chown(folder / "secret-key", 12345, 12345)
    with pytest.raises(InvalidSetting, match="secret-key"):
        read_settings({"DATA_DIR": str(folder)})
