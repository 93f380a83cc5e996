"""What the hot paths cost, counted in statements, and what the database itself guarantees."""

import pytest
from sqlalchemy import Engine, inspect, text

from adapters.database.schema.tables import metadata
from application.ports.result_repository import StoredEstimator, StoredPage
from application.ports.security import UpdateClaims
from domain.job import JobRef, TaskReport
from tests.contracts.persistence import LATER, NOW, add_job, add_user, claim
from tests.integration.database.conftest import Store


@pytest.mark.parametrize("ntasks", [1, 100, 1000])
def test_submitting_takes_no_statement_per_task(
    store: Store, statements: list[str], ntasks: int
) -> None:
    user_id = add_user(store)
    statements.clear()
    add_job(store, user_id, ntasks=ntasks)
    assert len(statements) == 4


def test_a_progress_report_is_one_statement(store: Store, statements: list[str]) -> None:
    job = add_job(store, add_user(store))
    claim(store, job, 1)
    statements.clear()
    with store() as work:
        work.jobs.apply_report(job.simulation_id, TaskReport(1, 1, None, 5), NOW, LATER)
        work.commit()
    assert len(statements) == 1
    for ref in (job.ref, JobRef(job.simulation_id, "")):
        statements.clear()
        with store() as work:
            key, report = UpdateClaims(ref, NOW), TaskReport(1, 1, None, 6)
            assert work.jobs.apply_report(job.simulation_id, report, NOW, LATER, key)
            work.commit()
        assert len(statements) == 1


def test_a_status_is_two_statements(store: Store, statements: list[str]) -> None:
    add_job(store, add_user(store), ntasks=50)
    statements.clear()
    with store(read_only=True) as work:
        work.jobs.by_job_id("job-1")
    assert len(statements) == 2


def test_a_reader_does_not_wait_for_a_writer(store: Store) -> None:
    add_job(store, add_user(store))
    with store() as writer:
        writer.users.add_local("bob", "hash")
        with store(read_only=True) as reader:
            assert reader.jobs.by_job_id("job-1").tasks
            assert reader.users.local_by_name("bob") is None


def test_removal_leaves_no_row_in_any_table(store: Store, engine: Engine) -> None:
    job = add_job(store, add_user(store))
    pages = [StoredPage(0, "p", 0, b"1")]
    with store() as work:
        work.results.store(job.simulation_id, [StoredEstimator("e", b"{}", pages)])
        work.results.add_logs(job.simulation_id, {"a.log": "a"})
        work.jobs.remove(job.simulation_id)
        work.commit()
    with engine.connect() as connection:
        rows = {
            table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar()
            for table in metadata.sorted_tables
        }
    assert {name for name, count in rows.items() if count} == {"user", "local_user"}


def test_every_foreign_key_has_an_index(engine: Engine) -> None:
    """Without one, each look at a child table reads all of it: slower with every job stored."""
    inspector = inspect(engine)
    without = []
    for table in inspector.get_table_names():
        first_columns = {index["column_names"][0] for index in inspector.get_indexes(table)}
        primary = inspector.get_pk_constraint(table)["constrained_columns"]
        unique = inspector.get_unique_constraints(table)
        first_columns |= {item["column_names"][0] for item in unique} | set(primary[:1])
        for key in inspector.get_foreign_keys(table):
            if key["constrained_columns"][0] not in first_columns:
                without.append((table, key["constrained_columns"]))
    assert not without
