"""A worker runs tasks and merges jobs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from application.merging.merge_job import MergeJob
from application.ports.backend import CompletedTask, Lacking, MergeOrder, TaskOrder
from application.ports.process_runner import ProcessOutcome, Watch
from application.ports.simulator import Command
from application.ports.task_queue import MergeMessage, TaskMessage
from application.running import keep_outputs
from application.running.run_task import RunTask, Worker
from application.simulators.catalog import SimulatorCatalog
from domain.errors import NoRoom, RunsElsewhere, SimulatorNotInstalled, Unavailable
from domain.states import EntityState
from tests.fakes.execution import FakeBackend, InMemoryTaskFiles, ScriptedRunner
from tests.fakes.simulator import ScriptedSimulator

S = EntityState
ORDER = TaskOrder("mcsquare", 50, 3, {"in.txt": b"100"}, lease_seconds=4.0)
MESSAGE = TaskMessage(7, 3, 2)


class Bench:
    """A worker whose clock goes on by a second with every look."""

    def __init__(
        self,
        folder: Path,
        runner: ScriptedRunner,
        order: TaskOrder | None = ORDER,
        others_expected_seconds: float = 0.0,
    ):
        self.backend = FakeBackend(task_order=order)
        self.files = InMemoryTaskFiles()
        self.runner = runner
        self.stopping = False
        self._now = 0.0
        self.room = True
        self.work_dir = folder / "work"
        self.run = RunTask(
            self.backend,
            SimulatorCatalog([ScriptedSimulator()], "mcsquare"),
            runner,
            self.files,
            Worker(self.work_dir, lambda: self.stopping, lambda: self.room),
            self._tick,
            others_expected_seconds,
        )

    def _tick(self) -> float:
        self._now += 1.0
        return self._now

    def states(self) -> list[EntityState | None]:
        return [report.state for report in self.backend.reports]


def test_a_task_is_run_with_its_share_and_kept(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["10\n2", "0\n", "50\n"], {"run.log": b"fine"}))
    bench.run(MESSAGE)
    logs = b'{"task_0003_run.log": "fine"}'
    assert bench.files.kept == {(7, 3, 2): {"in.txt": b"50 3", "task_logs.json": logs}}
    assert not bench.backend.logs
    assert bench.states()[-1] is S.COMPLETED
    assert [r.simulated_primaries for r in bench.backend.reports[:-1]] == [10, 20, 50]
    assert {report.attempt for report in bench.backend.reports} == {2}
    assert not list(bench.work_dir.iterdir())


def test_a_task_that_was_not_granted_is_left_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(), order=None)
    bench.run(MESSAGE)
    assert not bench.runner.ran
    assert not bench.backend.reports


def test_a_worker_says_what_it_lacks_and_fails_what_it_is_given_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner())
    monkeypatch.setattr(ScriptedSimulator, "find", lambda self: None)

    def command(self: ScriptedSimulator, folder: Path, seed: int) -> Command:
        raise SimulatorNotInstalled(self.name, "install it")

    monkeypatch.setattr(ScriptedSimulator, "command", command)
    bench.run(MESSAGE)
    assert bench.backend.lacking == Lacking(["mcsquare"])
    assert bench.states() == [S.FAILED]
    assert "mcsquare is not installed" in bench.backend.logs["task_0003_error.log"]


def test_a_worker_expects_others_for_a_while_after_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner(), others_expected_seconds=1.5)
    seen = []
    monkeypatch.setattr(
        bench.backend, "claim_task", lambda *given: seen.append(given[2].others_expected)
    )
    for _ in range(2):
        bench.run(MESSAGE)
    assert seen == [True, False]


def test_a_task_that_runs_elsewhere_is_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner())

    def elsewhere(*_: object) -> None:
        raise RunsElsewhere("mcsquare")

    monkeypatch.setattr(bench.backend, "claim_task", elsewhere)
    with pytest.raises(RunsElsewhere):
        bench.run(MESSAGE)
    assert not bench.backend.reports
    assert not bench.runner.ran


def test_a_failed_run_reports_its_reason_and_logs(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(files={"run.log": b"why \xff"}, exit_code=3))
    bench.run(MESSAGE)
    assert bench.states() == [S.FAILED]
    assert bench.backend.logs == {
        "task_0003_error.log": "ended with 3",
        "task_0003_run.log": "why \ufffd",
    }


def test_an_unwanted_task_is_stopped_without_a_report(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n", "2\n"]))
    bench.backend.wanted = False
    bench.run(MESSAGE)
    assert bench.states() == [S.RUNNING]
    assert not bench.files.kept


def test_a_removed_job_stops_its_tasks(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n", "2\n"]))
    bench.backend.refuse_reports = True
    bench.run(MESSAGE)
    assert not bench.files.kept


def test_a_worker_that_stops_hands_its_tasks_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n"]))
    bench.stopping = True
    bench.run(MESSAGE)
    assert not bench.backend.reports
    assert bench.backend.released == [MESSAGE]


def test_a_full_disk_is_no_fault_of_the_task(tmp_path: Path) -> None:
    class FillingRunner(ScriptedRunner):
        def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
            bench.room = False
            return ProcessOutcome(1, "no space left on device")

    bench = Bench(tmp_path, FillingRunner())
    bench.run(MESSAGE)
    assert bench.backend.released == [MESSAGE]
    assert not bench.backend.logs
    assert S.FAILED not in bench.states()
    with pytest.raises(NoRoom, match="is full"):
        bench.run(MESSAGE)
    assert bench.backend.released == [MESSAGE]


def test_input_files_that_leave_their_folder_fail_the_task(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner())
    monkeypatch.setattr(ScriptedSimulator, "task_files", lambda *_: {"../evil": b""})
    bench.run(MESSAGE)
    assert bench.states() == [S.FAILED]
    assert not (bench.work_dir / "evil").exists()


def merge_bench(tasks: list[CompletedTask]) -> tuple[FakeBackend, InMemoryTaskFiles, MergeJob]:
    order = MergeOrder("mcsquare", {}, tasks, lease_seconds=60)
    backend, files = FakeBackend(merge_order=order), InMemoryTaskFiles()
    catalog = SimulatorCatalog([ScriptedSimulator()], "mcsquare")
    return backend, files, MergeJob(backend, catalog, files)


def test_completed_tasks_are_merged_with_their_primaries() -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67), CompletedTask(3, 2, 33)])
    files.kept = {(7, 1, 1): {}, (7, 3, 2): {}, (7, 3, 1): {}}
    merge(MergeMessage(7))
    assert backend.results[0].pages[0].values == [67.0, 33.0]
    assert not backend.failures


def test_missing_outputs_end_the_job_with_a_reason() -> None:
    backend, _, merge = merge_bench([CompletedTask(1, 1, 67)])
    merge(MergeMessage(7))
    assert not backend.results
    assert "missing" in backend.failures[0]


def test_a_merge_that_was_not_granted_is_left_alone() -> None:
    backend, _, merge = merge_bench([])
    backend.merge_order = None
    merge(MergeMessage(7))
    assert not backend.results
    assert not backend.failures


def test_a_long_merge_holds_on_to_its_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67)])
    assert backend.merge_order is not None
    backend.merge_order = replace(backend.merge_order, lease_seconds=0.03)
    files.kept = {(7, 1, 1): {}}

    def slow(*_: object) -> list[object]:
        while backend.renewals < 2:
            pass
        return []

    monkeypatch.setattr(ScriptedSimulator, "merge", slow)
    merge(MergeMessage(7))
    assert backend.renewals >= 2


def test_what_has_completed_so_far_says_that_it_is_partial() -> None:
    backend, files, merge = merge_bench([CompletedTask(1, 1, 67), CompletedTask(3, 2, 33)])
    files.kept = {(7, 1, 1): {}, (7, 3, 2): {}}
    merge(MergeMessage(7, partial=True))
    ((tasks, estimators),) = backend.partial
    assert tasks == 2
    marks = {"partial": "true", "completed_tasks": "2", "primaries": "100"}
    assert marks.items() <= dict(estimators[0].metadata).items()
    assert not backend.results


def test_a_partial_merge_that_fails_harms_nobody() -> None:
    backend, _, merge = merge_bench([CompletedTask(1, 1, 67)])
    merge(MergeMessage(7, partial=True))
    assert not backend.partial
    assert not backend.failures
    assert "could not be merged" in backend.logs["partial_merge.log"]


def test_outputs_that_can_not_be_kept_at_once_are_kept_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n"], {"out.txt": b"x"}))
    troubles = [OSError(28, "No space left on device"), Unavailable("the store is away")]
    put = bench.files.put

    def troubled(*arguments: Any) -> None:
        if troubles:
            raise troubles.pop(0)
        put(*arguments)

    monkeypatch.setattr(bench.files, "put", troubled)
    monkeypatch.setattr("application.running.keep_outputs.time.sleep", lambda seconds: None)
    bench.run(MESSAGE)
    assert bench.states()[-1] is S.COMPLETED
    assert bench.files.kept


def test_outputs_that_can_never_be_kept_fail_the_task_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n"], {"out.txt": b"x"}))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bench.files, "put", full)
    monkeypatch.setattr(keep_outputs.keep_patiently, "__defaults__", (0.0, 1.0))
    bench.run(MESSAGE)
    assert bench.states()[-1] is S.FAILED
    assert "No space left on device" in str(bench.backend.logs)


def test_a_worker_that_stops_hands_back_what_it_could_not_keep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n"], {"out.txt": b"x"}))

    def full(*_: object) -> None:
        bench.stopping = True
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(bench.files, "put", full)
    monkeypatch.setattr("application.running.keep_outputs.time.sleep", lambda seconds: None)
    bench.run(MESSAGE)
    assert bench.backend.released == [MESSAGE]
