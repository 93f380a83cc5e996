"""States of jobs and tasks, and the one table that says which may follow which."""

from enum import StrEnum
from types import MappingProxyType


class EntityState(StrEnum):
    """State of a job or of a task; the values are the spelling on the wire."""

    UNKNOWN = "UNKNOWN"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    MERGING_QUEUED = "MERGING_QUEUED"
    MERGING_RUNNING = "MERGING_RUNNING"
    CANCELED = "CANCELED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing can follow this state."""
        return self in TERMINAL


TERMINAL = frozenset({EntityState.COMPLETED, EntityState.FAILED, EntityState.CANCELED})

FORWARD = (
    EntityState.UNKNOWN,
    EntityState.PENDING,
    EntityState.RUNNING,
    EntityState.MERGING_QUEUED,
    EntityState.MERGING_RUNNING,
    EntityState.COMPLETED,
)

SUCCESSORS = MappingProxyType(
    {
        state: frozenset()
        if state in TERMINAL
        else frozenset(FORWARD[FORWARD.index(state) + 1 :])
        | {EntityState.FAILED, EntityState.CANCELED}
        for state in EntityState
    }
)
"""For each state the states that may follow it: forward only, terminal states are sinks."""

PREDECESSORS = MappingProxyType(
    {
        state: frozenset(earlier for earlier in EntityState if state in SUCCESSORS[earlier])
        for state in EntityState
    }
)
"""The same table read backwards: what a conditional update must find to move to a state."""


def transition(current: EntityState, wanted: EntityState) -> EntityState:
    """Return the state after `wanted` was asked for in `current`.

    A request that would move backwards or leave a terminal state is not an error: messages
    arrive late, twice and out of order, so such a request leaves `current` as it is.
    """
    return wanted if wanted in SUCCESSORS[current] else current
