"""Reports arrive late, twice, out of order or not at all; the end is the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.job import InputType, Job, Platform, Task, TaskReport, TaskTally
from domain.states import TERMINAL, EntityState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
S = EntityState
TASK = Task(index=1, requested_primaries=1000)


def job(**changes: object) -> Job:
    made = Job("id", 1, "", Platform.DIRECT, InputType.EDITOR, "mcsquare", NOW)
    return replace(made, **changes)  # type: ignore[arg-type]


def report(**fields: object) -> TaskReport:
    return TaskReport(index=1, **fields)  # type: ignore[arg-type]


progress_reports = st.builds(
    TaskReport,
    index=st.just(1),
    attempt=st.just(1),
    state=st.sampled_from([None, S.UNKNOWN, S.PENDING, S.RUNNING]),
    simulated_primaries=st.none() | st.integers(0, 2000),
    estimated_seconds=st.none() | st.integers(0, 100),
)


@given(st.lists(progress_reports), st.sampled_from(sorted(TERMINAL)), st.data())
def test_any_delivery_with_the_terminal_report_ends_alike(
    reports: list[TaskReport], terminal: EntityState, data: st.DataObject
) -> None:
    end = report(attempt=1, state=terminal)
    lost = data.draw(st.sets(st.integers(0, max(0, len(reports) - 1))))
    kept = [item for position, item in enumerate(reports) if position not in lost]
    repeated = kept + data.draw(st.lists(st.sampled_from([*kept, end]))) + [end]
    task = TASK
    for item in data.draw(st.permutations(repeated)):
        task = task.apply(item, NOW)
    assert task.state is terminal
    assert task.estimated_seconds is None
    if terminal is S.COMPLETED:
        assert task.simulated_primaries == 1000


@given(st.lists(progress_reports))
def test_progress_never_decreases_and_never_passes_the_request(reports: list[TaskReport]) -> None:
    task = TASK
    for item in reports:
        after = task.apply(item, NOW)
        assert task.simulated_primaries <= after.simulated_primaries <= 1000
        task = after


@given(st.lists(progress_reports), st.sampled_from(sorted(TERMINAL)))
def test_a_terminal_state_swallows_whatever_follows(
    reports: list[TaskReport], terminal: EntityState
) -> None:
    over = TASK.apply(report(state=terminal), NOW)
    task = over
    for item in reports:
        task = task.apply(item, NOW + timedelta(hours=1))
    assert task == over


def test_an_older_attempt_cannot_speak_for_a_newer() -> None:
    newer = TASK.next_attempt(NOW)
    assert newer.attempt == 2
    assert newer.apply(report(attempt=1, state=S.COMPLETED), NOW) == newer
    assert newer.apply(report(attempt=2, state=S.RUNNING), NOW).state is S.RUNNING


def test_a_next_attempt_begins_from_nothing() -> None:
    halfway = TASK.apply(report(state=S.RUNNING, simulated_primaries=500), NOW)
    again = halfway.next_attempt(NOW)
    assert (again.state, again.simulated_primaries, again.start_time) == (S.PENDING, 0, None)
    assert again.seed == halfway.seed


def test_what_is_over_has_no_next_attempt() -> None:
    over = TASK.failed(NOW)
    assert over.next_attempt(NOW) == over
    assert over.canceled(NOW) == over


def test_an_end_is_never_before_its_start() -> None:
    started = TASK.apply(report(state=S.RUNNING, start_time=NOW), NOW)
    ended = started.apply(report(state=S.COMPLETED, end_time=NOW - timedelta(hours=2)), NOW)
    assert ended.start_time == ended.end_time == NOW


def test_tasks_of_a_job_share_its_primaries_and_have_seeds_of_their_own() -> None:
    split = job().with_tasks(10_000, 15)
    assert split.primaries == 10_000
    assert [task.seed for task in split.tasks] == list(range(1, 16))


def test_a_job_ends_once() -> None:
    ended = job(state=S.RUNNING).moved(S.CANCELED, NOW)
    assert (ended.state, ended.end_time) == (S.CANCELED, NOW)
    assert ended.moved(S.COMPLETED, NOW + timedelta(1)) == ended


@given(st.lists(st.sampled_from(EntityState), min_size=1))
def test_a_job_settles_when_all_its_tasks_are_over(states: list[EntityState]) -> None:
    settled = TaskTally.of(states).settled_state()
    if any(not state.is_terminal for state in states):
        assert settled is None
    elif S.COMPLETED in states:
        assert settled is S.MERGING_QUEUED
    elif S.CANCELED in states:
        assert settled is S.CANCELED
    else:
        assert settled is S.FAILED


def test_a_merged_job_is_complete_only_if_every_task_is() -> None:
    assert TaskTally.of([S.COMPLETED, S.COMPLETED]).merged_state() is S.COMPLETED
    assert TaskTally.of([S.COMPLETED, S.FAILED]).merged_state() is S.FAILED
