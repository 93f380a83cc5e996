"""The schema on both databases: forward and back with data in the tables, and who refuses what."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema, SchemaOutOfDate
from adapters.database.schema.tables import metadata
from application.ports.result_repository import StoredEstimator, StoredPage
from tests.contracts.persistence import add_job, add_user
from tests.integration.database.conftest import Store
from tests.integration.servers import process
from tests.integration.servers.postgresql import PostgreSql
from tests.locations import ROOT

MIGRATIONS = ROOT / "migrations"
REVISIONS = [item.revision for item in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def fill(store: Store) -> None:
    """Put a row into every table that the platform fills by itself."""
    job = add_job(store, add_user(store))
    with store() as work:
        pages = [StoredPage(0, "p", 0, b"[1.5]")]
        work.results.store(job.simulation_id, [StoredEstimator("e", b"{}", pages)])
        work.results.add_logs(job.simulation_id, {"a.log": "text"})
        work.commit()


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_each_migration_goes_back_and_forth_with_data(engine: Engine, store: Store) -> None:
    fill(store)
    schema = Schema(engine)
    for revision in REVISIONS[-2::-1]:
        schema.downgrade(revision)
        assert schema.current() == revision
    for revision in REVISIONS[1:]:
        schema.upgrade(revision)
        assert schema.current() == revision
    with store(read_only=True) as work:
        job = work.jobs.by_job_id("job-1")
        assert len(job.tasks) == 3
        assert work.results.page_bodies(job.simulation_id, "e", [0]) == [b"[1.5]"]
        assert work.results.logs(job.simulation_id) == {"a.log": "text"}


def test_all_the_way_back_nothing_is_left(engine: Engine, store: Store) -> None:
    fill(store)
    schema = Schema(engine)
    schema.downgrade("base")
    assert tables(engine) == set()
    with pytest.raises(SchemaOutOfDate, match="run: yaptide db upgrade"):
        schema.check()
    schema.upgrade()
    schema.check()
    assert tables(engine) == set(metadata.tables)


def test_a_schema_of_the_future_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaOutOfDate, match="9999"):
        Schema(engine).check()
    with pytest.raises(SchemaOutOfDate, match="9999"):
        Schema(engine).upgrade()


def upgrade_together(url: str) -> set[str | None]:
    def upgrade(_: int) -> str | None:
        engine = make_engine(url)
        try:
            Schema(engine).upgrade()
            return Schema(engine).current()
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        return set(pool.map(upgrade, range(8)))


def test_processes_that_start_together_migrate_a_file_once(tmp_path: Path) -> None:
    assert upgrade_together(f"sqlite:///{tmp_path / 'new.sqlite'}") == {REVISIONS[-1]}


def test_processes_that_start_together_migrate_a_server_once(postgresql: PostgreSql) -> None:
    with postgresql.database("template0") as url:
        assert upgrade_together(url) == {REVISIONS[-1]}


def run(*command: str, url: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    secret = {"SECRET_KEY": "a secret of the tests, forty characters"}
    environment = {**os.environ, **secret, "DATABASE_URL": url, "DATA_DIR": str(folder)}
    return process.run([sys.executable, *command], check=False, env=environment)


def test_the_command_looks_after_a_server(postgresql: PostgreSql, tmp_path: Path) -> None:
    with postgresql.database("template0") as url:

        def db(command: str) -> "subprocess.CompletedProcess[str]":
            return run("-m", "entrypoints", "db", command, url=url, folder=tmp_path)

        checked, current = db("check"), db("current")
        assert (checked.returncode, current.returncode) == (5, 0)
        assert "yaptide db upgrade" in checked.stderr
        assert "none" in current.stdout
        refused = run(
            *(
                "-c",
                "from entrypoints.processes.web import create_application; create_application()",
            ),
            url=url,
            folder=tmp_path,
        )
        assert refused.returncode != 0
        assert "run: yaptide db upgrade" in refused.stderr
        upgraded = db("upgrade")
        assert (upgraded.returncode, REVISIONS[-1] in upgraded.stdout) == (0, True)
        assert (db("check").returncode, REVISIONS[-1] in db("current").stdout) == (0, True)


def test_the_command_says_when_nobody_answers(tmp_path: Path) -> None:
    url = "postgresql://ann:secret@127.0.0.1:1/db"
    failed = run("-m", "entrypoints", "db", "check", url=url, folder=tmp_path)
    assert failed.returncode == 6
    assert "does not answer" in failed.stderr
    assert "secret" not in failed.stderr
    assert "Traceback" not in failed.stderr
