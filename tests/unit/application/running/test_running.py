"""A worker runs tasks and merges jobs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from application.ports.backend import Lacking, TaskOrder
from application.ports.process_runner import ProcessOutcome, Watch
from application.ports.simulator import Command
from application.ports.task_queue import TaskMessage
from application.running import keep_outputs
from application.running.run_task import RunTask, Worker
from application.simulators.catalog import SimulatorCatalog
from domain.errors import NoRoom, RunsElsewhere, SimulatorNotInstalled, Unavailable
from domain.states import EntityState
from tests.fakes.execution import DirectComputation, FakeBackend, InMemoryTaskFiles, ScriptedRunner
from tests.fakes.simulator import ScriptedSimulator
from tests.job_refs import job_ref

S = EntityState
ORDER = TaskOrder("mcsquare", 50, 3, {"in.txt": b"100"}, lease_seconds=4.0)
JOB = job_ref(7)
MESSAGE = TaskMessage(JOB, 3, 2)


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
            DirectComputation(),
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
    assert bench.files.files == {(JOB.job_id, 3, 2): {"in.txt": b"50 3", "task_logs.json": logs}}
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
    assert not bench.files.files


def test_a_removed_job_stops_its_tasks(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n", "2\n"]))
    bench.backend.refuse_reports = True
    bench.run(MESSAGE)
    assert not bench.files.files


def test_a_worker_that_stops_hands_its_tasks_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, ScriptedRunner(["1\n"]))
    bench.stopping = True
    bench.run(MESSAGE)
    assert not bench.backend.reports
    assert bench.backend.released == [MESSAGE]


@pytest.mark.parametrize("exit_code", [-9, 137, -15, 143])
def test_what_something_else_killed_is_tried_once_more_and_then_fails_with_the_reason(
    tmp_path: Path, exit_code: int
) -> None:
    bench = Bench(tmp_path, ScriptedRunner(exit_code=exit_code))
    bench.run(MESSAGE)
    assert bench.backend.lost == [MESSAGE]
    assert not bench.backend.logs
    assert S.FAILED not in bench.states()
    again = replace(MESSAGE, attempt=3)
    bench.run(again)
    assert bench.backend.lost == [MESSAGE, again]
    assert bench.states() == [S.FAILED]
    reason = bench.backend.logs["task_0003_error.log"]
    assert reason == f"ended with {exit_code}\n\nIt was tried twice."
    assert not bench.backend.released


@pytest.mark.parametrize("exit_code", [-11, 139, -6, 1, 9])
def test_an_end_of_its_own_making_is_not_tried_again(tmp_path: Path, exit_code: int) -> None:
    bench = Bench(tmp_path, ScriptedRunner(exit_code=exit_code))
    bench.run(MESSAGE)
    assert not bench.backend.lost
    assert bench.states() == [S.FAILED]


def test_what_is_killed_with_its_worker_is_handed_back_and_not_lost(tmp_path: Path) -> None:
    class Shutdown(ScriptedRunner):
        def run(self, command: Command, folder: Path, watch: Watch) -> ProcessOutcome:
            bench.stopping = True
            return ProcessOutcome(-15, "")

    bench = Bench(tmp_path, Shutdown())
    bench.run(MESSAGE)
    assert bench.backend.released == [MESSAGE]
    assert not bench.backend.lost
    assert not bench.backend.logs


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
    assert bench.files.files


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
