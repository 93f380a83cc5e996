import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.simulators.mcsquare import installation
from adapters.simulators.mcsquare.installation import InstallationFailed, find, install
from adapters.simulators.mcsquare.stopping_powers import use_nist
from application.ports.simulator import Installation


def test_a_wheel_with_another_digest_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tampered(folder: Path, report: object) -> Path:
        folder.mkdir()
        (folder / "x.whl").write_bytes(b"not the wheel")
        return folder / "x.whl"

    monkeypatch.setattr(installation, "_download", tampered)
    with pytest.raises(InstallationFailed, match="SHA-256"):
        install(tmp_path / "simulators", lambda done, total: None)
    assert not list((tmp_path / "simulators").iterdir())
    assert find(tmp_path / "simulators") is None


def test_a_package_that_can_not_be_had_is_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installation, "PACKAGE", "no-such-package-of-ours")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(InstallationFailed, match="could not be downloaded"):
        install(tmp_path, lambda done, total: None)
    assert not list(tmp_path.iterdir())


def test_two_installations_at_once_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []

    def slowly(folder: Path, *_: object) -> Installation:
        done.append(1)
        time.sleep(0.2)
        target = folder / f"mcsquare-{installation.VERSION}-{installation.REVISION}"
        target.mkdir()
        (target / "engine").touch()
        (target / installation.MANIFEST).write_text('{"executable": "engine"}')
        return Installation(target / "engine", installation.VERSION)

    monkeypatch.setattr(installation, "_install", slowly)
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: install(tmp_path, lambda done, total: None), range(3)))
    assert len(done) == 1
    assert len(set(found)) == 1


def test_a_broken_manifest_is_no_installation(tmp_path: Path) -> None:
    folder = tmp_path / f"mcsquare-{installation.VERSION}-{installation.REVISION}"
    folder.mkdir()
    for text in ("", "{", '{"executable": "missing"}'):
        (folder / installation.MANIFEST).write_text(text)
        assert find(tmp_path) is None


def test_stopping_powers_of_nist_are_used_where_they_can_be_believed(tmp_path: Path) -> None:
    tables = {"Water": 1.01, "Brass": 2.0}
    for name, factor in tables.items():
        folder = tmp_path / name
        folder.mkdir()
        rows = [(energy, 260 / energy**0.8) for energy in (0.5, 2, 20, 200)]
        for file, scale in (("G4", 1.0), ("PSTAR", factor)):
            text = "".join(f"{energy} {power * scale}\n" for energy, power in rows)
            (folder / f"{file}_Stop_Pow.dat").write_text(text)
    assert use_nist(tmp_path) == ["Water"]
    water, brass = tmp_path / "Water", tmp_path / "Brass"
    assert (water / "G4_Stop_Pow.dat").read_text() == (water / "PSTAR_Stop_Pow.dat").read_text()
    assert (water / "Geant4_Stop_Pow.dat").exists()
    assert (brass / "G4_Stop_Pow.dat").read_text() != (brass / "PSTAR_Stop_Pow.dat").read_text()


def test_an_installation_without_checksums_is_not_called_good(tmp_path: Path) -> None:
    folder = tmp_path / f"mcsquare-{installation.VERSION}-{installation.REVISION}"
    folder.mkdir()
    (folder / installation.MANIFEST).write_text('{"executable": "engine"}')
    (sentence,) = installation.verify(tmp_path)
    assert "no checksums" in sentence


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InstallationFailed, match="can't be written"):
        install(tmp_path / "file" / "simulators", lambda done, total: None)
