"""What Slurm's commands and the watchers answer; nothing here talks to a cluster."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from adapters.executors.slurm_ssh.commands import SEPARATOR
from adapters.executors.slurm_ssh.states import remote_state
from domain.batch import NodeReport, RemoteState
from domain.errors import ClusterRefused, ClusterUnreachable
from domain.states import EntityState

OUTAGES = (
    "socket timed out",
    "unable to contact slurm",
    "connection refused",
    "connection timed out",
    "connection reset",
    "zero bytes were transmitted",
    "communication connection failure",
    "temporarily unable",
    "resource temporarily unavailable",
    "transport endpoint",
    "slurmdbd",
    "unable to connect",
    "problem talking to the database",
    "in standby mode",
    "slurm_load_jobs error",
    "protocol authentication error",
    "munge",
)
"""Parts of messages that tell of an outage, after which nothing is known of the question."""


@dataclass(frozen=True, slots=True)
class Row:
    """What Slurm says of one job or array element; `index` is None for a job that is no array."""

    job: int
    index: int | None
    name: str
    state: RemoteState


def parse_squeue(exit_code: int, stdout: str, stderr: str) -> list[Row]:
    """Return the rows of squeue; ClusterUnreachable if it could not answer.

    Asked for one job that has left it fails with `Invalid job id specified`: that is an answer.
    """
    if exit_code and "invalid job id specified" not in stderr.lower():
        raise ClusterUnreachable(f"squeue: {_message(stdout, stderr)}")
    return [row for line in stdout.splitlines() for row in _queue_rows(line)]


def _queue_rows(line: str) -> Iterator[Row]:
    fields = line.strip().split(SEPARATOR)
    if len(fields) == 5 and fields[0].isdecimal():
        job, index, state, reason, name = fields
        known = remote_state(state, reason)
        for number in _indices(index):
            yield Row(int(job), number, name, known)


def parse_sacct(exit_code: int, stdout: str, stderr: str) -> list[Row]:
    """Return the rows of sacct, without those of a whole array; ClusterUnreachable as above.

    The bare id of an array is COMPLETED while elements are missing, so it says nothing: rows
    without an index are those of jobs that are no arrays, which the caller knows by their names.
    """
    if exit_code:
        raise ClusterUnreachable(f"sacct: {_message(stdout, stderr)}")
    return [row for line in stdout.splitlines() for row in _account_rows(line)]


def _account_rows(line: str) -> Iterator[Row]:
    fields = line.strip().split(SEPARATOR)
    if len(fields) != 4:
        return
    job, _, index = fields[0].partition("_")
    if not job.isdecimal():
        return
    known = remote_state(fields[1], exit_code=fields[2])
    for number in _indices(index):
        yield Row(int(job), number, fields[3], known)


def _indices(text: str) -> Iterator[int | None]:
    """Return the indices in `7`, `[5-6%2]`, `[1,4-9:2]`; one None for no index at all."""
    text = text.strip("[]").split("%")[0]
    if not text or text == "N/A":
        yield None
        return
    for part in text.split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+)(?::(\d+))?)?", part)
        if match:
            first, last, step = (int(group) if group else None for group in match.groups())
            assert first is not None
            yield from range(first, (last or first) + 1, step or 1)


def parse_submission(exit_code: int, stdout: str, stderr: str) -> dict[str, int]:
    """Return the ids of `array` and `collect` that the submission script printed.

    ClusterUnreachable after an outage, which may have come after the job was taken;
    ClusterRefused with sbatch's own words if the job was not taken.
    """
    found = {kind: int(number) for kind, number in re.findall(r"(?m)^(\w+) (\d+)$", stdout)}
    if exit_code == 0 and {"array", "collect"} <= set(found):
        return found
    message = _message(stdout, stderr)
    if is_outage(message) or not stderr.strip():
        raise ClusterUnreachable(f"sbatch: {message}")
    raise ClusterRefused(message)


def is_outage(message: str) -> bool:
    """Say whether a message tells that Slurm could not be asked."""
    return any(part in message.lower() for part in OUTAGES)


def _message(stdout: str, stderr: str) -> str:
    text = "\n".join(part.strip() for part in (stderr, stdout) if part.strip())
    return text[:2000] or "no answer"


Reports = Mapping[int, NodeReport]
"""What watchers left in one job's folder, by task index."""


def parse_reports(text: str) -> dict[str, Reports]:
    """Return the watchers' reports by folder; lines that are none, such as half ones, are left."""
    found: dict[str, Reports] = {}
    for part in re.split(r"(?m)^== ", text)[1:]:
        folder, _, lines = part.partition("\n")
        found[folder] = dict(filter(None, map(_node_report, lines.splitlines())))
    return found


def _node_report(line: str) -> tuple[int, NodeReport] | None:
    try:
        said = json.loads(line)
        report = NodeReport(
            EntityState(said["state"]),
            max(0, int(said["simulated"])),
            None if said["estimated"] is None else max(0, int(said["estimated"])),
            _moment(said["start"]),
            _moment(said["end"]),
            str(said["reason"])[:20000],
        )
        return int(said["task"]), report
    except (ValueError, TypeError, KeyError):
        return None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
