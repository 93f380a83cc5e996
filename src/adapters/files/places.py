"""Under which name the outputs of a job's tasks lie: its id, in a version before its number."""

from domain.job import JOB_ID, JobRef


def place(job: JobRef) -> str:
    """Return the name that a job's outputs are put under; ValueError for an id that is none."""
    if not JOB_ID.fullmatch(job.job_id):
        raise ValueError(f"{job.job_id!r} is no id of a job")
    return job.job_id


def places(job: JobRef) -> list[str]:
    """Return the names that a job's outputs may lie under, newest first."""
    return [place(job), str(job.simulation_id)]


def is_place(name: str) -> bool:
    """Say whether something of this name holds outputs; all else is not ours to remove."""
    return name.isdecimal() or JOB_ID.fullmatch(name) is not None
