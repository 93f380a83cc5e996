import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters.simulators.mcsquare import installation
from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode


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


def test_the_command_verifies_and_removes_what_was_installed(
    simulators_dir: Path, tmp_path: Path
) -> None:
    def yaptide(*arguments: str) -> Result:
        settings = {"SIMULATORS_DIR": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}
        return CliRunner().invoke(commands, ["simulators", *arguments], env=settings)

    (installed,) = simulators_dir.glob(f"mcsquare-{installation.VERSION}-{installation.REVISION}")
    copy = tmp_path / installed.name
    # Links to the same files: nothing here writes into one.
    shutil.copytree(installed, copy, copy_function=os.link)
    good = yaptide("verify", "mcsquare")
    assert good.exit_code == 0, good.output
    assert "as it was installed" in good.output
    (copy / "NOTICE").unlink()
    (copy / "more").write_text("")
    (tmp_path / "mcsquare-1.0.0-1").mkdir()
    (tmp_path / "mcsquare-1.0.0-1" / installation.MANIFEST).write_text("{}")
    wrong = yaptide("verify", "mcsquare", "--json")
    assert wrong.exit_code == ExitCode.CHECK_FAILED
    assert "NOTICE is missing" in wrong.output
    assert "more was added" in wrong.output
    assert yaptide("remove", "mcsquare").exit_code == ExitCode.REFUSED
    assert copy.is_dir()
    assert yaptide("remove", "mcsquare", "--yes").exit_code == 0
    assert not list(tmp_path.glob("mcsquare*"))
    for command in (("verify", "mcsquare"), ("remove", "mcsquare", "--yes")):
        assert yaptide(*command).exit_code == ExitCode.NOT_FOUND
