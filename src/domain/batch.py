"""What is known of a batch job's array elements, and what it means for the job's tasks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.job import Task, TaskReport
from domain.states import EntityState


class Phase(StrEnum):
    """Where the cluster's scheduler has an array element or a collect job."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELED = "canceled"
    GONE = "gone"

    @property
    def is_over(self) -> bool:
        """Whether it will not run (any more)."""
        return self not in (Phase.WAITING, Phase.RUNNING)


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What the scheduler says; `sentence` tells the user what it means, empty if all is well."""

    phase: Phase
    sentence: str = ""


@dataclass(frozen=True, slots=True)
class NodeReport:
    """What the watcher on the node left in the job's folder about its task.

    `reason` says why a task failed, with the last lines of the simulator's output.
    """

    state: EntityState
    simulated_primaries: int = 0
    estimated_seconds: int | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RemoteStatus:
    """Everything known of one batch job: its elements by task index, its collect job, its nodes."""

    elements: Mapping[int, RemoteState]
    collect: RemoteState
    nodes: Mapping[int, NodeReport] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether nothing of the job is left in the hands of the scheduler."""
        return self.collect.phase.is_over and all(
            state.phase.is_over for state in self.elements.values()
        )


GONE = RemoteState(Phase.GONE, "The cluster does not know it any more.")

SILENT = "It ended on the cluster without saying how, and left no result."

ENDS: Mapping[Phase, EntityState] = {
    Phase.FAILED: EntityState.FAILED,
    Phase.CANCELED: EntityState.CANCELED,
    Phase.GONE: EntityState.FAILED,
    Phase.DONE: EntityState.FAILED,
}
"""What a task becomes whose element is over and whose watcher did not speak its last word."""


@dataclass(frozen=True, slots=True)
class TaskNews:
    """A report on a task and, if it ended badly, why."""

    report: TaskReport
    reason: str = ""


def news_of(task: Task, status: RemoteStatus, patient: bool) -> TaskNews | None:
    """Return what is new of `task`, None if nothing is.

    The watcher's last word counts most: it saw the simulator end. While `patient`, an element
    that vanished, or ended without that word, is left alone: accounting and file systems lag.
    """
    if task.state.is_terminal:
        return None
    node = status.nodes.get(task.index)
    if node is not None and node.state.is_terminal:
        return TaskNews(_report(task.index, node, node.state), node.reason)
    remote = status.elements.get(task.index, GONE)
    if not remote.phase.is_over:
        return _progress(task, remote, node)
    if patient and remote.phase in (Phase.GONE, Phase.DONE):
        return None
    reason = SILENT if remote.phase is Phase.DONE else remote.sentence
    return TaskNews(TaskReport(task.index, state=ENDS[remote.phase]), reason)


def _progress(task: Task, remote: RemoteState, node: NodeReport | None) -> TaskNews | None:
    if node is not None and node.state is EntityState.RUNNING:
        known = (task.state, task.simulated_primaries, task.estimated_seconds)
        if known == (EntityState.RUNNING, node.simulated_primaries, node.estimated_seconds):
            return None
        return TaskNews(_report(task.index, node, EntityState.RUNNING))
    if remote.phase is Phase.RUNNING and task.state is not EntityState.RUNNING:
        return TaskNews(TaskReport(task.index, state=EntityState.RUNNING))
    return None


def _report(index: int, node: NodeReport, state: EntityState) -> TaskReport:
    return TaskReport(
        index,
        state=state,
        simulated_primaries=node.simulated_primaries,
        estimated_seconds=node.estimated_seconds,
        start_time=node.start_time,
        end_time=node.end_time,
    )
