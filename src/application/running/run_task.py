"""Run one task on this worker, from its claim to its outcome."""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from application.leases.renewal import holding
from application.ports.backend import Backend, Lacking, TaskOrder
from application.ports.computation import Computation
from application.ports.process_runner import ProcessOutcome, ProcessRunner
from application.ports.simulator import InputFiles, Progress, ProgressParser, Simulator
from application.ports.task_files import TaskFiles
from application.ports.task_queue import TaskMessage
from application.running.keep_outputs import keep_patiently
from application.running.progress_log import LogFollower
from application.simulators.catalog import SimulatorCatalog
from application.submission.file_names import check_file_names
from application.task_outputs.checked_outputs import collected_outputs
from application.task_outputs.task_logs import failure_logs
from domain.errors import (
    BackendRefused,
    ComputationUnwanted,
    InvalidInput,
    NoRoom,
    SimulationFailed,
)
from domain.job import TaskReport
from domain.states import EntityState

REPORT_SECONDS = 1.0

LOOK_AGAIN_SECONDS = 5.0
"""How long a worker goes by which simulators it found: looking takes most of a millisecond."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker has at hand: a folder, whether it is shutting down, room on its disk."""

    work_dir: Path
    stopping: Callable[[], bool]
    has_room: Callable[[], bool] = lambda: True


class RunTask:
    """Runs tasks; whatever goes wrong is reported, and what can't be is found by its lease."""

    def __init__(
        self,
        backend: Backend,
        simulators: SimulatorCatalog,
        runner: ProcessRunner,
        task_files: TaskFiles,
        computation: Computation,
        worker: Worker,
        monotonic: Callable[[], float] = time.monotonic,
        others_expected_seconds: float = 0.0,
    ) -> None:
        self._backend = backend
        self._simulators = simulators
        self._runner = runner
        self._task_files = task_files
        self._computation = computation
        self._worker = worker
        self._monotonic = monotonic
        # After an outage the worker that has a simulator may come later than this one.
        self._others_expected_until = monotonic() + others_expected_seconds
        self._absent: Sequence[str] = ()
        self._look_again = 0.0

    def __call__(self, message: TaskMessage) -> None:
        """Claim the task of `message` and run it; a task that is not wanted is left alone.

        When the worker is shutting down the simulator is stopped and the task handed back. Should
        that fail, the lease runs out and the task is run again. BackendUnreachable when the task
        could not even be claimed, NoRoom when the disk is too full to begin, RunsElsewhere when
        only other workers have its simulator.
        """
        self._check_room()
        claim_id = uuid4().hex
        order = self._backend.claim_task(message, claim_id, self._lacking())
        if order is None:
            return
        self._worker.work_dir.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._worker.work_dir) as folder:
            try:
                finished = self._simulate(message, order, Path(folder))
            except KilledFromOutside as error:
                self._lose(message, claim_id, order, Path(folder), str(error))
                return
            except (SimulationFailed, InvalidInput, OSError) as error:
                if not self._worker.has_room():
                    # Not the simulation's fault: it is run again when there is room.
                    self._release(message, claim_id)
                    return
                if isinstance(error, OSError):
                    raise
                self._fail(message, order, Path(folder), str(error))
                return
        if finished:
            self._report(message, EntityState.COMPLETED)
        elif self._worker.stopping():
            self._release(message, claim_id)

    def _lacking(self) -> Lacking:
        now = self._monotonic()
        if now >= self._look_again:
            self._absent = [item.name for item in self._simulators if item.find() is None]
            self._look_again = now + LOOK_AGAIN_SECONDS
        return Lacking(self._absent, now < self._others_expected_until)

    def _check_room(self) -> None:
        if not self._worker.has_room():
            raise NoRoom(f"the disk of {self._worker.work_dir} is full")

    def _simulate(self, message: TaskMessage, order: TaskOrder, folder: Path) -> bool:
        """Return whether the run came to its end; SimulationFailed if it came to a bad one."""
        simulator = self._simulators.named(order.sim_type)
        write_files(folder, simulator.task_files(order.files, order.primaries, order.seed))
        command = simulator.command(folder, order.seed)
        watch = ReportingWatch(
            lambda progress: self._progress(message, progress),
            simulator.progress_parser(order.primaries),
            LogFollower(lambda: simulator.progress_log(folder)),
            self._worker.stopping,
            min(REPORT_SECONDS, order.lease_seconds / 4),
            self._monotonic,
        )
        outcome = self._runner.run(command, folder, watch)
        if outcome.stopped:
            return False
        if outcome.killed:
            if self._worker.stopping():
                # Whoever stops all of a service may signal its simulators too.
                return False
            raise KilledFromOutside(_reason_of(simulator, folder, outcome))

        collect = partial(
            collected_outputs, simulator, message.index, folder, outcome.exit_code, outcome.log
        )
        return self._keep(message, order, collect)

    def _keep(
        self, message: TaskMessage, order: TaskOrder, collect: Callable[[], list[Path]]
    ) -> bool:
        """Put outputs where they wait for the merge, holding on to the claim meanwhile.

        Looking at large outputs may take longer than a lease, and than users wait.
        """
        with holding(
            lambda: self._progress(message, None), order.lease_seconds, "renew-task"
        ) as held:

            def wanted() -> bool:
                return held() and not self._worker.stopping()

            try:
                outputs = self._computation.run(collect, list[Path], wanted)
            except ComputationUnwanted:
                return False
            return keep_patiently(
                lambda: self._task_files.put(message.job, message.index, message.attempt, outputs),
                lambda: not wanted(),
            )

    def _progress(self, message: TaskMessage, progress: Progress | None) -> bool:
        report = TaskReport(
            message.index,
            message.attempt,
            EntityState.RUNNING,
            progress.simulated_primaries if progress else None,
            progress.estimated_seconds if progress else None,
        )
        try:
            return self._backend.report_task(message.job, report)
        except BackendRefused:
            # The job was removed while it ran: nobody wants this task any more.
            return False

    def _release(self, message: TaskMessage, claim_id: str) -> None:
        # Nobody wants the task of a job that was removed: there is nothing to hand back.
        with suppress(BackendRefused):
            self._backend.release_task(message, claim_id)

    def _report(self, message: TaskMessage, state: EntityState) -> None:
        report = TaskReport(message.index, message.attempt, state)
        # A job that was removed meanwhile is no failure of this worker.
        with suppress(BackendRefused):
            self._backend.report_task(message.job, report)

    def _lose(
        self, message: TaskMessage, claim_id: str, order: TaskOrder, folder: Path, reason: str
    ) -> None:
        try:
            again = self._backend.lose_task(message, claim_id)
        except BackendRefused:
            # The job was removed meanwhile.
            return
        if not again:
            self._fail(message, order, folder, f"{reason}\n\nIt was tried twice.")

    def _fail(self, message: TaskMessage, order: TaskOrder, folder: Path, reason: str) -> None:
        simulator = self._simulators.named(order.sim_type)
        logs = failure_logs(message.index, reason, simulator.log_files(folder))
        self._backend.send_logs(message.job, logs)
        self._report(message, EntityState.FAILED)


class KilledFromOutside(SimulationFailed):
    """Something that is not ours ended a simulator: it may fare better another time."""


def _reason_of(simulator: Simulator, folder: Path, outcome: ProcessOutcome) -> str:
    """Return what the simulator itself makes of an end by a signal."""
    try:
        simulator.collect(folder, outcome.exit_code, outcome.log)
    except SimulationFailed as error:
        return str(error)
    return f"{simulator.name} was killed"


class ReportingWatch:
    """Turns the output of a run into reports, at most one each `interval` seconds."""

    def __init__(
        self,
        report: Callable[[Progress | None], bool],
        parser: ProgressParser,
        follower: LogFollower,
        stopping: Callable[[], bool],
        interval: float,
        monotonic: Callable[[], float],
    ) -> None:
        self._report = report
        self._parser = parser
        self._follower = follower
        self._stopping = stopping
        self._interval = interval
        self._monotonic = monotonic
        self._newest: Progress | None = None
        self._last_report = monotonic()

    def __call__(self, text: str) -> bool:
        """Take new output; False when the task is no longer wanted or the worker stops."""
        if self._stopping():
            return False
        told = self._parser.feed(self._follower.told(text))
        self._newest = told or self._newest
        now = self._monotonic()
        if now - self._last_report < self._interval:
            return True
        self._last_report = now
        return self._report(self._newest)


def write_files(folder: Path, files: InputFiles) -> None:
    """Write input files into `folder`, none of them anywhere else."""
    check_file_names(files)
    for name, content in files.items():
        (folder / name).write_bytes(content)
