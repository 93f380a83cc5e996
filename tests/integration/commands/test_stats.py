"""`yaptide stats` on both databases."""

import csv
import io
from datetime import timedelta
from pathlib import Path

import pytest

from domain.job import TaskReport
from domain.states import EntityState
from entrypoints.cli.exit_codes import ExitCode
from tests.contracts.persistence import NOW, Store, add_job, add_user, tell
from tests.integration.commands.conftest import Yaptide


@pytest.fixture(autouse=True)
def jobs(store: Store) -> None:
    job = add_job(store, add_user(store, "$ann"), "a", state=EntityState.COMPLETED, ntasks=2)
    for index in (1, 2):
        end = NOW + timedelta(hours=1, minutes=1)
        start = NOW + timedelta(minutes=1)
        tell(store, job, TaskReport(index, 1, EntityState.COMPLETED, None, None, start, end))
    bob = add_user(store, "bob")
    add_job(store, bob, "b", state=EntityState.FAILED, start_time=NOW + timedelta(days=31))


def test_usage_as_json_table_and_csv(yaptide: Yaptide) -> None:
    first, second = yaptide.json("stats", "--by", "user", "--by", "month")
    assert first == {
        "user": "$ann", "month": "2026-03", "jobs": 1, "completed": 1, "failed": 0, "canceled": 0,
        "success_rate": 1.0, "cpu_hours": 2.0, "primaries": 100, "mean_wait": 60.0,
        "longest_wait": 60.0,
    }  # fmt: skip
    assert (second["user"], second["month"], second["success_rate"]) == ("bob", "2026-04", 0.0)
    table = yaptide.ok("stats")
    assert "cpu hours" in table
    assert "2026-04" in table
    rows = list(csv.DictReader(io.StringIO(yaptide.ok("stats", "--csv", "--by", "simulator"))))
    assert rows[0]["simulator"] == "mcsquare"
    assert rows[0]["jobs"] == "2"


def test_usage_of_a_time_span(yaptide: Yaptide) -> None:
    (only,) = yaptide.json("stats", "--since", "2026-04-01")
    assert only["jobs"] == 1
    assert yaptide.json("stats", "--until", "2026-03-01") == []
    assert yaptide("stats", "--since", "spring").exit_code == ExitCode.WRONG_USE


def test_usage_as_a_picture(yaptide: Yaptide, tmp_path: Path) -> None:
    yaptide.ok("stats", "--by", "user", "--plot", tmp_path / "usage.png")
    assert (tmp_path / "usage.png").read_bytes().startswith(b"\x89PNG")
    result = yaptide("stats", "--plot", tmp_path / "nowhere" / "usage.png")
    assert result.exit_code == ExitCode.FAILED
    assert "can't be written" in result.output
