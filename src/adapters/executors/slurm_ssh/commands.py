"""Slurm's commands, as argument lists; nothing here talks to a cluster."""

import shlex
from collections.abc import Mapping, Sequence

SEPARATOR = "|"
QUEUE_FIELDS = ("%F", "%K", "%T", "%r", "%j")
ACCOUNT_FIELDS = ("JobID", "State", "ExitCode", "JobName")


def job_name(job_id: str) -> str:
    """Return the name of an array job on the cluster, by which it is found again."""
    return f"yaptide-{job_id}"


def collect_name(job_id: str) -> str:
    """Return the name of a collect job on the cluster."""
    return f"{job_name(job_id)}-collect"


def squeue_command(ids: Sequence[int]) -> list[str]:
    """Return the question for all jobs of these ids that the controller remembers.

    `-r` gives array elements one by one, `-t all` includes those that ended a while ago.
    """
    return [*_squeue(), "-j", ",".join(map(str, ids))]


def squeue_by_name_command(names: Sequence[str]) -> list[str]:
    """Return the question for the user's own jobs of these names."""
    return [*_squeue(), "--me", f"--name={','.join(names)}"]


def _squeue() -> list[str]:
    return ["squeue", "-h", "-r", "-t", "all", "-o", SEPARATOR.join(QUEUE_FIELDS)]


def sacct_command(ids: Sequence[int]) -> list[str]:
    """Return the question for all jobs of these ids that were accounted for, without steps."""
    return [*_sacct(), "-j", ",".join(map(str, ids))]


def sacct_by_name_command(names: Sequence[str], days: int) -> list[str]:
    """Return the question for the user's own jobs of these names in the last days."""
    return [*_sacct(), f"--name={','.join(names)}", "-S", f"now-{days}days"]


def _sacct() -> list[str]:
    return ["sacct", "-n", "-P", "-X", "-o", ",".join(ACCOUNT_FIELDS)]


def sbatch_command(
    script: str, name: str, folder: str, log: str, options: Mapping[str, str], *more: str
) -> list[str]:
    """Return the submission of a script that runs in `folder` and writes to `log` there."""
    chosen = [f"--{key}={value}" if value else f"--{key}" for key, value in options.items()]
    fixed = [f"--job-name={name}", f"--chdir={folder}", f"--output={folder}/{log}"]
    # What is fixed comes last: sbatch takes the last of an option that is given twice.
    return ["sbatch", "--parsable", *chosen, *fixed, *more, f"{folder}/{script}"]


def array_options(ntasks: int) -> list[str]:
    """Return what makes a job an array of elements 1 to `ntasks`."""
    return [f"--array=1-{ntasks}"]


def collect_options(array_id: str) -> list[str]:
    """Return what makes a job wait for all elements of an array, however they end."""
    return [f"--dependency=afterany:{array_id}", "--kill-on-invalid-dep=yes"]


def test_only_command(options: Mapping[str, str]) -> list[str]:
    """Return the question whether a job with these options would be taken."""
    chosen = [f"--{key}={value}" if value else f"--{key}" for key, value in options.items()]
    return ["sbatch", "--test-only", *chosen, "--job-name=yaptide-test", "--wrap=true"]


def scancel_command(ids: Sequence[int]) -> list[str]:
    """Return the end of jobs; ids that are unknown or over do no harm."""
    return ["scancel", *map(str, ids)]


def read_reports_command(folders: Sequence[str]) -> str:
    """Return the command line that prints all watchers' reports below these folders.

    Each report is one line of JSON after a line `== FOLDER`. A folder without reports is no
    failure.
    """
    lines = [
        f"echo {shlex.quote('== ' + folder)}; cat {shlex.quote(folder)}/status/*.json 2>/dev/null"
        for folder in folders
    ]
    return "; ".join([*lines, "true"])


def shell(script: str) -> str:
    """Return a command line that runs `script` in a POSIX shell, whatever shell the user has."""
    return f"sh -c {shlex.quote(script)}"
