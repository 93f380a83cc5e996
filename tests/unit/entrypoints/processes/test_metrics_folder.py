"""Counters of servers that were killed are removed by the next one, those of others are not."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from entrypoints.processes.metrics_folder import LEFT_SECONDS, make_metrics_folder


def test_what_killed_servers_left_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"],
                          capture_output=True, text=True, check=True)  # fmt: skip
    killed = tmp_path / f"yaptide-metrics-{gone.stdout.strip()}-abc"
    running = tmp_path / f"yaptide-metrics-{os.getppid()}-abc"
    older, newer = tmp_path / "yaptide-metrics-abcdefgh", tmp_path / "yaptide-metrics-ijklmnop"
    other = tmp_path / "another-thing"
    for folder in (killed, running, older, newer, other):
        folder.mkdir()
        (folder / "counter_1.db").write_text("x")
    os.utime(older, times=(time.time() - LEFT_SECONDS - 60,) * 2)
    (tmp_path / "yaptide-metrics-1-link").symlink_to(other)
    mine = Path(make_metrics_folder())
    assert mine.is_dir()
    assert not killed.exists()
    assert not older.exists()
    for left in (running, newer, other):
        assert (left / "counter_1.db").exists()
    assert mine.stat().st_mode & 0o077 == 0
