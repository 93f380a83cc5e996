"""Commands on a machine that is not as it should be: a sentence and an exit code, no trace."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from entrypoints.cli import commands
from entrypoints.cli.exit_codes import ExitCode

SECRET = "0123456789abcdef" * 3


@pytest.mark.parametrize("command", [["users", "list"], ["doctor"], ["secrets", "rotate"]])
def test_a_folder_that_can_not_be_made(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "file").touch()
    folder = str(tmp_path / "file" / "data")
    result = CliRunner().invoke(commands, command, env={"DATA_DIR": folder})
    assert result.exit_code == ExitCode.FAILED
    assert f"Error: {folder}: Not a directory" in result.output


@pytest.mark.parametrize("command", [["users", "list"], ["db", "current"], ["jobs", "list"]])
def test_a_database_file_that_is_none(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "yaptide.sqlite").write_text("this is no database" * 100)
    settings = {"DATA_DIR": str(tmp_path), "SECRET_KEY": SECRET}
    result = CliRunner().invoke(commands, command, env=settings)
    assert result.exit_code == ExitCode.UNREACHABLE, result.output
    assert "file is not a database" in result.output


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    settings = {**os.environ, "DATA_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "entrypoints", "settings", "--json"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command, env=settings, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
