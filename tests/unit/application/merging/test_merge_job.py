"""Merges at a worker: granted, held, given up, told to users."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from application.merging.merge_job import MOST_LOSSES, MergeJob
from application.ports.backend import CompletedTask, MergeOrder
from application.ports.task_queue import MergeMessage
from application.simulators.catalog import SimulatorCatalog
from domain.errors import BackendRefused, BackendUnreachable, ComputationLost, Unavailable
from tests.fakes.execution import DirectComputation, FakeBackend, InMemoryTaskFiles
from tests.fakes.simulator import ScriptedSimulator
from tests.job_refs import job_ref

T = TypeVar("T")
JOB = job_ref(7)


def merge_bench(
    tasks: list[CompletedTask],
    computation: DirectComputation | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[FakeBackend, InMemoryTaskFiles, MergeJob]:
    order = MergeOrder("mcsquare", {}, tasks, lease_seconds=60)
    backend, files = FakeBackend(merge_order=order), InMemoryTaskFiles()
    catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
    return (
        backend,
        files,
        MergeJob(backend, catalog, files, computation or DirectComputation(), list, stopping),
    )


def test_completed_tasks_are_merged_with_their_primaries() -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67), CompletedTask(3, 2, 33)])
    files.files = {(JOB.job_id, 1, 1): {}, (JOB.job_id, 3, 2): {}, (JOB.job_id, 3, 1): {}}
    merge(MergeMessage(JOB))
    assert backend.results[0].pages[0].values == [67.0, 33.0]
    assert not backend.failures


def test_missing_outputs_end_the_job_with_a_reason() -> None:
    backend, _, merge = merge_bench([CompletedTask(1, 1, 67)])
    merge(MergeMessage(JOB))
    assert not backend.results
    assert "missing" in backend.failures[0]


def test_a_merge_that_was_not_granted_is_left_alone() -> None:
    backend, _, merge = merge_bench([])
    backend.merge_order = None
    merge(MergeMessage(JOB))
    assert not backend.results
    assert not backend.failures


def test_a_long_merge_holds_on_to_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)])
    assert backend.merge_order is not None
    backend.merge_order = replace(backend.merge_order, lease_seconds=0.03)
    files.files = {(JOB.job_id, 1, 1): {}}

    def slow(*_: object) -> list[object]:
        while backend.renewals < 2:
            pass
        return []

    monkeypatch.setattr(ScriptedSimulator, "merge", slow)
    merge(MergeMessage(JOB))
    assert backend.renewals >= 2


def test_what_has_completed_so_far_says_that_it_is_partial() -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67), CompletedTask(3, 2, 33)])
    files.files = {(JOB.job_id, 1, 1): {}, (JOB.job_id, 3, 2): {}}
    merge(MergeMessage(JOB, partial=True))
    ((tasks, estimators),) = backend.partial
    assert tasks == 2
    marks = {"partial": "true", "completed_tasks": "2", "primaries": "100"}
    assert marks.items() <= dict(estimators[0].metadata).items()
    assert not backend.results


def test_a_partial_merge_that_fails_harms_nobody() -> None:
    backend, _, merge = merge_bench([CompletedTask(1, 1, 67)])
    merge(MergeMessage(JOB, partial=True))
    assert not backend.partial
    assert not backend.failures
    assert "could not be merged" in backend.logs["partial_merge.log"]


class LosingComputation(DirectComputation):
    """Its processes are killed, as the system does where memory ends, so many times."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    def run(self, work: Callable[[], T], returns: type[T], wanted: Callable[[], bool]) -> T:
        if self.losses:
            self.losses -= 1
            raise ComputationLost("the process that computed it was killed")
        return super().run(work, returns, wanted)


def test_a_merge_whose_process_was_killed_is_tried_again() -> None:
    losing = LosingComputation(MOST_LOSSES - 1)
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)], losing)
    files.files = {(JOB.job_id, 1, 1): {}}
    merge(MergeMessage(JOB))
    assert backend.results
    assert not backend.failures


def test_a_merge_whose_process_is_killed_each_time_is_given_up() -> None:
    losing = LosingComputation(MOST_LOSSES)
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)], losing)
    files.files = {(JOB.job_id, 1, 1): {}}
    merge(MergeMessage(JOB))
    assert not backend.results
    assert "was killed" in backend.failures[0]


@pytest.mark.parametrize("error", [KeyError("FOO"), RecursionError("deep"), ZeroDivisionError()])
def test_an_unexpected_error_of_a_merge_ends_the_job_and_keeps_its_logs(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)])
    files.files = {(JOB.job_id, 1, 1): {"task_logs.json": b'{"task_0001_run.log": "fine"}'}}

    def unexpected(*_: object) -> list[object]:
        raise error

    monkeypatch.setattr(ScriptedSimulator, "merge", unexpected)
    merge(MergeMessage(JOB))
    assert not backend.results
    assert "could not be merged" in backend.failures[0]
    assert type(error).__name__ in backend.failures[0]
    assert backend.logs == {"task_0001_run.log": "fine"}
    merge(MergeMessage(JOB, partial=True))
    assert type(error).__name__ in backend.logs["partial_merge.log"]


@pytest.mark.parametrize("error", [Unavailable("the store"), BackendUnreachable("the API")])
def test_what_has_nothing_to_do_with_the_outputs_fails_no_job(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)])

    def away(*_: object) -> None:
        raise error

    monkeypatch.setattr(files, "fetch", away)
    with pytest.raises(type(error)):
        merge(MergeMessage(JOB))
    assert not backend.failures


def test_a_merge_that_is_cancelled_or_whose_worker_stops_ends_without_a_word() -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)], stopping=lambda: True)
    files.files = {(JOB.job_id, 1, 1): {}}
    merge(MergeMessage(JOB))
    assert not backend.results
    assert not backend.failures


def test_results_that_the_api_refuses_fail_the_job_once_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)])
    files.files = {(JOB.job_id, 1, 1): {}}

    def refuse(*_: object) -> None:
        raise BackendRefused("estimators: two have the same name")

    monkeypatch.setattr(backend, "send_results", refuse)
    merge(MergeMessage(JOB))
    assert "two have the same name" in backend.failures[0]
