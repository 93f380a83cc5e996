"""Every pair of states, spelled out once."""

import pytest

from domain.states import PREDECESSORS, SUCCESSORS, TERMINAL, EntityState, transition

S = EntityState
ALLOWED = {
    S.UNKNOWN: {
        S.PENDING,
        S.RUNNING,
        S.MERGING_QUEUED,
        S.MERGING_RUNNING,
        S.COMPLETED,
        S.FAILED,
        S.CANCELED,
    },
    S.PENDING: {S.RUNNING, S.MERGING_QUEUED, S.MERGING_RUNNING, S.COMPLETED, S.FAILED, S.CANCELED},
    S.RUNNING: {S.MERGING_QUEUED, S.MERGING_RUNNING, S.COMPLETED, S.FAILED, S.CANCELED},
    S.MERGING_QUEUED: {S.MERGING_RUNNING, S.COMPLETED, S.FAILED, S.CANCELED},
    S.MERGING_RUNNING: {S.COMPLETED, S.FAILED, S.CANCELED},
    S.COMPLETED: set(),
    S.FAILED: set(),
    S.CANCELED: set(),
}


@pytest.mark.parametrize("current", EntityState)
@pytest.mark.parametrize("wanted", EntityState)
def test_every_pair(current: EntityState, wanted: EntityState) -> None:
    expected = wanted if wanted in ALLOWED[current] else current
    assert transition(current, wanted) is expected


def test_the_wire_spelling_of_states() -> None:
    assert [str(state) for state in EntityState] == [
        "UNKNOWN",
        "PENDING",
        "RUNNING",
        "MERGING_QUEUED",
        "MERGING_RUNNING",
        "CANCELED",
        "COMPLETED",
        "FAILED",
    ]


def test_terminal_states_are_sinks_and_the_only_ones() -> None:
    assert {state for state in EntityState if not SUCCESSORS[state]} == TERMINAL


def test_predecessors_are_the_successors_read_backwards() -> None:
    pairs = {(a, b) for a in EntityState for b in SUCCESSORS[a]}
    assert pairs == {(a, b) for b in EntityState for a in PREDECESSORS[b]}


def test_the_table_is_frozen() -> None:
    with pytest.raises(TypeError):
        SUCCESSORS[S.COMPLETED] = frozenset({S.RUNNING})  # type: ignore[index]
