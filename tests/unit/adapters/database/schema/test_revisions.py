"""Migrations that were written side by side must still stand in one line."""

from pathlib import Path

from alembic.script import ScriptDirectory

from tests.locations import ROOT

MIGRATIONS = ROOT / "migrations"


def test_there_is_one_newest_schema() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1
    assert len(list(scripts.walk_revisions())) == len(list((MIGRATIONS / "versions").glob("*.py")))


def test_files_stand_in_the_order_in_which_they_are_run() -> None:
    # Their revisions do not: those were numbered side by side, and databases remember them.
    run = [Path(script.path).name for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    assert list(reversed(run)) == sorted(run)
