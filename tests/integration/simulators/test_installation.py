from pathlib import Path

import pytest

from adapters.simulators.mcsquare import installation


def test_a_second_installation_downloads_nothing(
    simulators_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Path:
        raise AssertionError("something was downloaded")

    monkeypatch.setattr(installation, "_download", fail)
    found = installation.install(simulators_dir, lambda done, total: None)
    assert found.executable.is_file()
    assert (found.executable.parent / "NOTICE").read_text().startswith("MCsquare")
    assert (found.executable.parent / "BDL").is_dir()
    water = found.executable.parent / "Materials" / "Water"
    assert (water / "G4_Stop_Pow.dat").read_bytes() == (water / "PSTAR_Stop_Pow.dat").read_bytes()
    brass = water.with_name("Brass")
    assert (brass / "G4_Stop_Pow.dat").read_bytes() != (brass / "PSTAR_Stop_Pow.dat").read_bytes()
