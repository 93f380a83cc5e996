from pathlib import Path

import pytest

from adapters.simulators.mcsquare import installation
from adapters.simulators.mcsquare.installation import InstallationFailed, find, install


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


def test_a_broken_manifest_is_no_installation(tmp_path: Path) -> None:
    folder = tmp_path / f"mcsquare-{installation.VERSION}-{installation.REVISION}"
    folder.mkdir()
    for text in ("", "{", '{"executable": "missing"}'):
        (folder / installation.MANIFEST).write_text(text)
        assert find(tmp_path) is None
