"""Jobs and tasks as the fields of tables and JSON."""

from dataclasses import asdict

from application.ports.job_overview import JobRecord
from domain.job import Job, Task
from entrypoints.cli.tables import Row

JOB_COLUMNS = (
    "job_id",
    "user",
    "state",
    "simulator",
    "platform",
    "start_time",
    "end_time",
    "tasks_done",
    "progress",
    "title",
)
TASK_COLUMNS = (
    "task",
    "state",
    "attempt",
    "simulated_primaries",
    "requested_primaries",
    "start_time",
    "end_time",
)


def record_row(record: JobRecord) -> Row:
    """Return a job of a list."""
    fields = asdict(record)
    fields["user"] = fields.pop("username")
    fields["simulator"] = fields.pop("sim_type")
    share = record.simulated_primaries / record.primaries if record.primaries else 0
    return {
        **fields,
        "tasks_done": f"{record.completed_tasks}/{record.tasks}",
        "progress": f"{share:.0%}",
    }


def job_fields(job: Job, owner: str) -> dict[str, object]:
    """Return a job without its tasks."""
    return {
        "job_id": job.job_id,
        "simulation_id": job.simulation_id,
        "user": owner,
        "title": job.title,
        "state": job.state,
        "simulator": job.sim_type,
        "instead_of": job.instead_of,
        "platform": job.platform,
        "input_type": job.input_type,
        "start_time": job.start_time,
        "end_time": job.end_time,
        "retry_of": job.retry_of,
        "primaries": job.primaries,
        "simulated_primaries": sum(task.simulated_primaries for task in job.tasks),
    }


def task_row(task: Task) -> Row:
    """Return a task; estimates are in seconds."""
    fields = asdict(task)
    return {"task": fields.pop("index"), **fields}
