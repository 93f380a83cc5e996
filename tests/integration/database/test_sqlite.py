"""The contract on SQLite files, the statements it costs, and races between processes' threads."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, event, text

from adapters.compression.gzip import GzipCompressor
from adapters.database.engine import make_engine
from adapters.database.schema import Schema, SchemaOutOfDate
from adapters.database.tables import metadata
from adapters.database.unit_of_work import SqlUnitOfWork
from domain.job import TaskReport
from domain.states import EntityState
from tests.contracts.login_attempts import LoginAttemptsContract
from tests.contracts.persistence import (
    LATER,
    NOW,
    JobsContract,
    ResultsContract,
    UsersContract,
    add_job,
    add_user,
    claim,
)

Store = Callable[..., SqlUnitOfWork]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'test.sqlite'}")
    Schema(engine).upgrade()
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: Engine) -> Store:
    def make(*, read_only: bool = False) -> SqlUnitOfWork:
        return SqlUnitOfWork(engine, GzipCompressor(), read_only)

    return make


class TestUsers(UsersContract): ...


class TestJobs(JobsContract): ...


class TestLoginAttempts(LoginAttemptsContract): ...


class TestResults(ResultsContract): ...


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    seen: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    return seen


def test_submitting_a_hundred_tasks_takes_no_statement_per_task(
    store: Store, statements: list[str]
) -> None:
    user_id = add_user(store)
    statements.clear()
    add_job(store, user_id, ntasks=100)
    assert len(statements) == 4


def test_a_progress_report_is_one_statement(store: Store, statements: list[str]) -> None:
    job = add_job(store, add_user(store))
    claim(store, job, 1)
    statements.clear()
    with store() as work:
        work.jobs.apply_report(job.simulation_id, TaskReport(1, 1, None, 5), NOW, LATER)
        work.commit()
    assert len(statements) == 1


def test_a_status_is_two_statements(store: Store, statements: list[str]) -> None:
    add_job(store, add_user(store), ntasks=50)
    statements.clear()
    with store(read_only=True) as work:
        work.jobs.by_job_id("job-1")
    assert len(statements) == 2


def test_of_many_that_claim_at_once_one_wins(store: Store) -> None:
    job = add_job(store, add_user(store))
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: claim(store, job, 1, f"claim-{n}"), range(32)))
    assert sum(task is not None for task in won) == 1


def test_of_many_that_settle_at_once_one_moves_the_job(store: Store) -> None:
    job = add_job(store, add_user(store))

    def move(_: int) -> bool:
        with store() as work:
            moved = work.jobs.move(job.simulation_id, EntityState.MERGING_QUEUED, NOW)
            work.commit()
        return moved

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(move, range(32))) == 1


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    add_job(store, add_user(store))
    with store() as writer:
        writer.users.add_local("bob", "hash")
        with store(read_only=True) as reader:
            assert reader.jobs.by_job_id("job-1").tasks
            assert reader.users.local_by_name("bob") is None


def test_removal_leaves_no_row_in_any_table(store: Store, engine: Engine) -> None:
    job = add_job(store, add_user(store))
    with store() as work:
        work.jobs.remove(job.simulation_id)
        work.commit()
    with engine.connect() as connection:
        rows = {
            table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar()
            for table in metadata.sorted_tables
        }
    assert {name for name, count in rows.items() if count} == {"user", "local_user"}


def test_models_and_migrations_agree(engine: Engine) -> None:
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrations_go_back_and_forth(engine: Engine, store: Store) -> None:
    add_job(store, add_user(store))
    schema = Schema(engine)
    schema.downgrade("base")
    with pytest.raises(SchemaOutOfDate, match="run: yaptide db upgrade"):
        schema.check()
    schema.upgrade()
    schema.check()


def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.sqlite'}"

    def upgrade(_: int) -> str | None:
        engine = make_engine(url)
        try:
            Schema(engine).upgrade()
            return Schema(engine).current()
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(upgrade, range(8))) == {"0002"}
