"""All tasks of a new job put in with one statement."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Connection, Insert, bindparam, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.database.jobs.job_rows import task_values
from adapters.database.schema.tables import task
from domain.job import Task


def insert_tasks(connection: Connection, simulation_id: int, tasks: Sequence[Task]) -> None:
    """Insert the tasks of a job.

    SQLite runs one prepared statement for all rows. PostgreSQL would be asked once per row, so it
    gets each column as one array.
    """
    rows = [task_values(item) for item in tasks]
    if connection.dialect.name == "postgresql":
        connection.execute(_of_arrays(simulation_id, rows))
    else:
        connection.execute(insert(task), [{"job_id": simulation_id, **row} for row in rows])


def _of_arrays(simulation_id: int, rows: Sequence[dict[str, object]]) -> Insert:
    names = list(rows[0])
    arrays = [
        bindparam(f"all_{name}", [row[name] for row in rows], ARRAY(task.c[name].type))
        for name in names
    ]
    new = func.unnest(*arrays).table_valued(*names, name="new").render_derived()
    source = select(literal(simulation_id, BigInteger), *(new.c[name] for name in names))
    return insert(task).from_select(["job_id", *names], source)
