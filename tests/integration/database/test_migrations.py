"""The schema on both databases: forward and back with data in the tables, and who refuses what."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, insert, inspect, select, text

from adapters.compression.gzip import GzipCompressor
from adapters.database.connections.engine import make_engine
from adapters.database.schema.revisions import Schema, SchemaOutOfDate
from adapters.database.schema.tables import metadata
from adapters.database.unit_of_work import SqlUnitOfWork
from application.ports.adaptation import AS_SENT
from application.ports.result_repository import StoredEstimator, StoredPage
from application.ports.user_repository import RenewedSession, SessionRenewal
from domain.errors import UserExists
from tests.contracts.persistence import BEYOND, NOW, add_job, add_user
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
        # A job from before is shown as it was sent.
        kept = work.jobs.input_of(job.simulation_id)
        assert (kept.project, kept.adaptation, job.instead_of) == (b'{"x": 1}', AS_SENT, None)


def test_sessions_that_are_open_outlive_an_update(engine: Engine, store: Store) -> None:
    user_id, schema = add_user(store), Schema(engine)
    schema.downgrade("0003")
    with engine.begin() as connection:
        table = Table("session", MetaData(), autoload_with=connection)
        # As the program before inserts it, which may still run for a while beside the new one.
        row = {"id": "s", "user_id": user_id, "expires": NOW + timedelta(hours=2)}
        connection.execute(insert(table).values(row))
    schema.upgrade()
    with engine.begin() as connection:
        connection.execute(insert(table).values({**row, "id": "t"}))
    with store() as work:
        for name in ("s", "t"):
            assert work.users.of_session(user_id, name, NOW).username == "ann"
            until = NOW + timedelta(hours=4)
            asked = SessionRenewal(0, NOW, NOW, until, BEYOND)
            assert work.users.renew_session(user_id, name, asked) == RenewedSession(1, until)
        work.users.sign_out(user_id, "t", NOW)
        work.commit()
    # Whom the program before does not know to have signed out is not let in by it either.
    schema.downgrade("0003")
    with engine.connect() as connection:
        assert connection.execute(select(table.c.id)).scalars().all() == ["s"]


BEFORE_NAMES, WITH_NAMES = "0008", "0010"
"""The last schema in which SQLite gave the number of a removed row to the next, and the one after."""

ROWS = {
    "user": "(id, username, source) VALUES (3, 'ann', 'local'), (4, 'bob', 'keycloak')",
    "local_user": "(id, password_hash) VALUES (3, 'hash')",
    "keycloak_user": "(id) VALUES (4)",
    "session": "(id, user_id, expires) VALUES ('s', 3, '2026-01-01 00:00:00')",
    "cluster": "(id, name) VALUES (5, 'ares')",
    "job": "(id, job_id, user_id, title, platform, input_type, sim_type, state, start_time)"
    " VALUES (7, 'a', 3, 't', 'DIRECT', 'editor', 'mcsquare', 'PENDING', '2026-01-01 00:00:00'),"
    " (9, 'b', 4, 't', 'BATCH', 'editor', 'mcsquare', 'FAILED', '2026-01-01 00:00:00')",
    "direct_job": "(id) VALUES (7)",
    "batch_job": "(id, cluster_id) VALUES (9, 5)",
    "task": "(id, job_id, task_index, state, attempt, requested_primaries, simulated_primaries)"
    " VALUES (1, 7, 1, 'PENDING', 1, 5, 0), (2, 9, 1, 'FAILED', 1, 5, 0)",
    "input": "(id, job_id, primaries, files) VALUES (1, 7, 5, 'x'), (2, 9, 5, 'x')",
    "estimator": "(id, job_id, position, name, metadata) VALUES (1, 9, 0, 'e', '{}')",
    "page": "(id, estimator_id, page_number, name, dimensions, body) VALUES (1, 1, 0, 'p', 0, 'x')",
    "logfile": "(id, job_id, name, body) VALUES (1, 9, 'l', 'x')",
}


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {
            name: sorted(tuple(row) for row in connection.execute(text(f'SELECT * FROM "{name}"')))
            for name in sorted(tables(engine))
        }


def test_numbers_given_before_stay_with_their_rows_and_are_not_given_again(
    engine: Engine, store: Store
) -> None:
    schema = Schema(engine)
    schema.downgrade(BEFORE_NAMES)
    with engine.begin() as connection:
        for table, values in ROWS.items():
            connection.execute(text(f'INSERT INTO "{table}" {values}'))
        if engine.dialect.name == "postgresql":
            for table in ("user", "cluster", "job", "task", "input"):
                connection.execute(text(f"SELECT setval('{table}_id_seq', 9)"))
    before = everything(engine)
    schema.upgrade(WITH_NAMES)
    assert everything(engine) == before
    # Later steps add columns.
    schema.upgrade()
    with store() as work:
        assert work.jobs.by_simulation_id(9).job_id == "b"
        # What is removed takes its own along, and nothing else: the keys are watched again.
        work.jobs.remove(9)
        work.commit()
    with engine.connect() as connection:
        left = connection.execute(text("SELECT count(*) FROM estimator")).scalar()
    assert left == 0
    assert add_job(store, 3, "c").simulation_id > 9
    schema.downgrade(BEFORE_NAMES)
    kept = {row[0] for row in everything(engine)["user"]}
    assert kept == {3, 4}


def test_numbers_of_rows_that_were_gone_before_are_not_given_again(tmp_path: Path) -> None:
    """SQLite did not remember them: a thousand jobs may have come and gone."""
    engine = make_engine(f"sqlite:///{tmp_path / 'old.sqlite'}")
    schema = Schema(engine)
    schema.upgrade(BEFORE_NAMES)
    with engine.begin() as connection:
        connection.execute(text(f'INSERT INTO "user" {ROWS["user"]}'))
        connection.execute(text(f"INSERT INTO job {ROWS['job']}"))
        connection.execute(text("DELETE FROM job"))
    schema.upgrade()
    store = partial(SqlUnitOfWork, engine, GzipCompressor())
    assert add_job(store, 3).simulation_id > 1000
    engine.dispose()


def test_names_from_before_are_kept_also_those_that_read_the_same(
    engine: Engine, store: Store
) -> None:
    schema = Schema(engine)
    schema.downgrade("0011")
    names = ["ann", "Ann", "ａｎｎ", "аnn", "bob"]
    with engine.begin() as connection:
        for number, name in enumerate(names, 1):
            values = {"id": number, "name": name, "hash": f"hash of {name}"}
            row = "INSERT INTO \"user\" (id, username, source) VALUES (:id, :name, 'local')"
            connection.execute(text(row), {key: values[key] for key in ("id", "name")})
            password = "INSERT INTO local_user (id, password_hash) VALUES (:id, :hash)"
            connection.execute(text(password), {key: values[key] for key in ("id", "hash")})
        # The next number of a server is not asked of the rows.
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('user_id_seq', 9)"))
    schema.upgrade()
    with store() as work:
        for name in names:
            found = work.users.local_by_name(name)
            assert (found.username, found.password_hash) == (name, f"hash of {name}")
        assert work.users.local_by_name("ANN").username == "ann"
        for taken in ("ANN", "aNn", "BOB"):
            with pytest.raises(UserExists):
                work.users.add_local(taken, "hash")
        work.commit()
    schema.downgrade("0011")
    assert [row[1] for row in everything(engine)["user"]] == names


def test_a_new_file_begins_with_one(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    Schema(engine).upgrade()
    store = partial(SqlUnitOfWork, engine, GzipCompressor())
    assert add_job(store, add_user(store)).simulation_id == 1
    engine.dispose()


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
