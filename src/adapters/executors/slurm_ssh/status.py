"""What is known of batch jobs, put together from squeue, sacct and the watchers' reports."""

from collections.abc import Iterable, Mapping, Sequence

from adapters.executors.slurm_ssh.commands import collect_name, job_name
from adapters.executors.slurm_ssh.parsing import Reports, Row
from application.ports.batch_clusters import RemoteJob
from domain.batch import GONE, Phase, RemoteState, RemoteStatus

REUSED = RemoteState(
    Phase.GONE, "The cluster does not know it any more: its number was given to another job."
)
UNKNOWN = RemoteState(Phase.WAITING)
"""Stands for what could not be asked about: nothing is new."""

Key = tuple[int, int | None]


class Snapshot:
    """The rows of one question; None as rows means that it could not be asked."""

    def __init__(self, rows: Iterable[Row] | None) -> None:
        self.answered = rows is not None
        self._rows: dict[Key, list[Row]] = {}
        for row in rows or ():
            self._rows.setdefault((row.job, row.index), []).append(row)

    def state(self, key: Key, name: str) -> RemoteState | None:
        """Return what was said of a job of this name; REUSED if only others have its number."""
        found = self._rows.get(key, [])
        ours = [row.state for row in found if row.name == name]
        if not ours:
            return REUSED if found else None
        # A row of waiting elements may be stale beside the one of the element itself.
        return max(ours, key=lambda state: _rank(state.phase))

    def knows(self, job: RemoteJob) -> bool:
        """Say whether there is a row of ours for all elements and the collect job."""
        known = (self.state(*item) for item in questions(job))
        return all(state not in (None, REUSED) for state in known)


def _rank(phase: Phase) -> int:
    return 2 if phase.is_over else int(phase is Phase.RUNNING)


def questions(job: RemoteJob) -> list[tuple[Key, str]]:
    """Return the number and name of everything that a job is to Slurm, the collect job last."""
    name = job_name(job.job_id)
    elements: list[tuple[Key, str]] = [
        ((job.array_id, index), name) for index in range(1, job.ntasks + 1)
    ]
    return [*elements, ((job.collect_id, None), collect_name(job.job_id))]


def status_of(
    job: RemoteJob, queue: Snapshot, accounts: Snapshot, reports: Mapping[str, Reports]
) -> RemoteStatus:
    """Return what is known of one job."""
    *states, collect = [_state(*item, queue, accounts) for item in questions(job)]
    nodes = reports.get(job.job_dir, {})
    return RemoteStatus(dict(enumerate(states, start=1)), collect, nodes)


def _state(key: Key, name: str, queue: Snapshot, accounts: Snapshot) -> RemoteState:
    waiting = queue.state(key, name)
    if waiting not in (None, REUSED):
        return waiting
    accounted = accounts.state(key, name)
    if accounted not in (None, REUSED):
        return accounted
    if not (queue.answered and accounts.answered):
        return UNKNOWN
    return REUSED if REUSED in (waiting, accounted) else GONE


def needs_accounts(jobs: Sequence[RemoteJob], queue: Snapshot) -> bool:
    """Say whether sacct has to be asked: the controller forgets what has ended a while ago."""
    return not (queue.answered and all(queue.knows(job) for job in jobs))
