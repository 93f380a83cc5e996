"""Take a worker's report on a task."""

from datetime import timedelta

from application.merging.settle_job import SettleJob
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import InvalidInput
from domain.job import TaskReport
from domain.states import EntityState


class ReportProgress:
    """Applies a report and answers whether the task is still wanted."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        settle: SettleJob,
        clock: Clock,
        lease_seconds: float,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._settle = settle
        self._clock = clock
        self._lease = timedelta(seconds=lease_seconds)

    def __call__(self, simulation_id: int, report: TaskReport) -> bool:
        """Apply a report; one that is late, doubled or from an older attempt changes nothing.

        False tells the worker to stop: the task was cancelled, or another attempt runs it.
        Raises InvalidInput when the job has no such task.
        """
        now = self._clock.now()
        with self._unit_of_work(one_change=True) as work:
            task = work.jobs.apply_report(simulation_id, report, now, now + self._lease)
            if task is None:
                raise InvalidInput(
                    "task_id", f"simulation {simulation_id} has no task {report.index}"
                )
            work.commit()
        if task.state.is_terminal:
            self._settle(simulation_id)
        elif task.state is EntityState.RUNNING and task.start_time == now:
            self._start(simulation_id)
        current = report.attempt in (None, task.attempt)
        return current and task.state in (EntityState.RUNNING, EntityState.COMPLETED)

    def _start(self, simulation_id: int) -> None:
        """Move the job along with its first task, for workers that start without a claim."""
        with self._unit_of_work(one_change=True) as work:
            work.jobs.start(simulation_id)
            work.commit()
