"""Rows of jobs and tasks turned into what the domain knows, and back."""

from dataclasses import fields
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, bindparam, func, select

from adapters.database.schema.tables import job, job_input, task
from application.ports.adaptation import AS_SENT, Adaptation
from application.ports.compressor import Compressor
from application.ports.job_repository import JobInput, JobOutline, JobWork
from application.ports.simulator import InputFiles
from domain.job import InputType, Job, Platform, Task, TaskTally
from domain.states import EntityState

TASK_COLUMNS = (
    "state",
    "attempt",
    "requested_primaries",
    "simulated_primaries",
    "estimated_seconds",
    "start_time",
    "end_time",
    "last_update",
    "lease_until",
    "losses",
    "turn",
)


def task_of(row: RowMapping) -> Task:
    """Return the task that a row of the task table is."""
    fields = {name: row[name] for name in TASK_COLUMNS if name != "state"}
    return Task(index=row["task_index"], state=EntityState(row["state"]), **fields)


STATES = {state.value: state for state in EntityState}
_FIELDS = [field.name for field in fields(Task)]
_STATE = _FIELDS.index("state")

TALLY = (
    select(task.c.state, func.count())
    .where(task.c.job_id == bindparam("simulation_id"))
    .group_by(task.c.state)
)
"""How many tasks of a job are in each state; asked at the end of each."""

WORK = (
    select(job.c.sim_type, job.c.state, job_input.c.files)
    .join(job_input, job_input.c.job_id == job.c.id)
    .where(job.c.id == bindparam("simulation_id"))
)
"""What a worker has to know of a job; every claim of a task asks it."""

NUMBERED = select(job).where(job.c.id == bindparam("simulation_id"))
"""The row of a job; asked with every message of a worker but its reports on tasks."""

READ_TASKS = (
    select(*(task.c["task_index" if name == "index" else name] for name in _FIELDS))
    .where(task.c.job_id == bindparam("simulation_id"))
    .order_by(task.c.task_index)
)
"""The tasks of a job, as columns in the order of the fields of a task.

Read once a second and more by everybody who looks at a job: made once, without names per row.
"""


def read_tasks(connection: Connection, simulation_id: int) -> list[Task]:
    """Return a job's tasks in order of index."""
    rows = connection.execute(READ_TASKS, {"simulation_id": simulation_id})
    return [_task(tuple(row)) for row in rows.all()]


def read_tally(connection: Connection, simulation_id: int) -> TaskTally:
    """Return how many tasks of a job are in each state."""
    tally = TaskTally()
    for state, count in connection.execute(TALLY, {"simulation_id": simulation_id}):
        tally.counts[STATES[state]] = count
    return tally


def read_work(connection: Connection, simulation_id: int, compressor: Compressor) -> JobWork | None:
    """Return what a worker has to know of a job, None if there is no such job."""
    row = connection.execute(WORK, {"simulation_id": simulation_id}).mappings().first()
    if row is None:
        return None
    return JobWork(row["sim_type"], STATES[row["state"]], files_of(row, compressor))


def _task(values: tuple[Any, ...]) -> Task:
    state = STATES[values[_STATE]]
    return Task(*(*values[:_STATE], state, *values[_STATE + 1 :]))


def task_values(task: Task) -> dict[str, object]:
    """Return the values of a task's row, without those that say whose it is."""
    values = {name: getattr(task, name) for name in TASK_COLUMNS}
    return {**values, "state": task.state.value, "task_index": task.index}


def job_of(row: RowMapping, tasks: list[Task]) -> Job:
    """Return the job that a row of the job table is."""
    return Job(
        job_id=row["job_id"],
        user_id=row["user_id"],
        title=row["title"],
        platform=Platform(row["platform"]),
        input_type=InputType(row["input_type"]),
        sim_type=row["sim_type"],
        start_time=row["start_time"],
        tasks=tasks,
        state=EntityState(row["state"]),
        end_time=row["end_time"],
        simulation_id=row["id"],
        version=row["version"] + row.get("task_changes", 0),
        retry_of=row["retry_of"],
        instead_of=row["instead_of"],
    )


def outline_of(row: RowMapping) -> JobOutline:
    """Return what a list shows of the job that a row of the job table is."""
    return JobOutline(
        row["job_id"],
        row["title"],
        row["start_time"],
        row["end_time"],
        Platform(row["platform"]),
        InputType(row["input_type"]),
        row["sim_type"],
    )


def job_values(job: Job) -> dict[str, object]:
    """Return the values of a new job's row."""
    return {
        "job_id": job.job_id,
        "user_id": job.user_id,
        "title": job.title,
        "platform": job.platform.value,
        "input_type": job.input_type.value,
        "sim_type": job.sim_type,
        "state": job.state.value,
        "start_time": job.start_time,
        "end_time": job.end_time,
        "retry_of": job.retry_of,
        "instead_of": job.instead_of,
    }


def input_values(job_input: JobInput, compressor: Compressor) -> dict[str, object]:
    """Return the values of an input row: all files in one compressed blob."""
    files = msgspec.msgpack.encode(dict(job_input.files))
    project, adaptation = job_input.project, job_input.adaptation
    return {
        "primaries": job_input.primaries,
        "files": compressor.compress(files),
        "project": None if project is None else compressor.compress(project),
        "adaptation": compressor.compress(msgspec.msgpack.encode(adaptation))
        if adaptation
        else None,
    }


def files_of(row: RowMapping, compressor: Compressor) -> InputFiles:
    """Return the files of an input row."""
    return msgspec.msgpack.decode(compressor.decompress(row["files"]), type=dict[str, bytes])


def input_of(row: RowMapping, compressor: Compressor) -> JobInput:
    """Return what an input row holds."""
    project, adaptation = row["project"], row["adaptation"]
    return JobInput(
        files_of(row, compressor),
        row["primaries"],
        None if project is None else compressor.decompress(project),
        AS_SENT
        if adaptation is None
        else msgspec.msgpack.decode(compressor.decompress(adaptation), type=Adaptation),
    )
