"""Take a worker's report on a task."""

from datetime import timedelta

from application.merging.settle_job import SettleJob
from application.ports.clock import Clock
from application.ports.security import UpdateClaims
from application.ports.unit_of_work import UnitOfWorkFactory
from application.running.update_keys import opened_job
from domain.errors import InvalidInput
from domain.job import JobRef, Task, TaskReport
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

    def __call__(self, job: JobRef, report: TaskReport, key: UpdateClaims | None = None) -> bool:
        """Apply a report; one that is late, doubled or from an older attempt changes nothing.

        False tells the worker to stop: the task was cancelled, or another attempt runs it.
        InvalidInput when the job has no such task. The `key` that a report came with is checked in
        the statement that applies it; NotAllowed and UnknownSimulation as `UpdateKeys.job`.
        """
        now = self._clock.now()
        lease = now + self._lease
        with self._unit_of_work(one_change=True) as work:
            task = work.jobs.apply_report(job.simulation_id, report, now, lease, key)
            if task is not None:
                work.commit()
        if task is None and key is not None:
            task = self._unchanged(key, report.index)
        if task is None:
            number = job.simulation_id
            raise InvalidInput("task_id", f"simulation {number} has no task {report.index}")
        if task.state.is_terminal:
            self._settle(job if job.job_id else self._named(job))
        elif task.state is EntityState.RUNNING and task.start_time == now:
            self._start(job)
        current = report.attempt in (None, task.attempt)
        return current and task.state in (EntityState.RUNNING, EntityState.COMPLETED)

    def _unchanged(self, key: UpdateClaims, index: int) -> Task | None:
        """Return a task that a report did not change; the key may be no good, or the task over."""
        with self._unit_of_work(read_only=True) as work:
            job = opened_job(work, key, self._clock.now())
            tasks = work.jobs.tasks_of(job.simulation_id)
        return next((task for task in tasks if task.index == index), None)

    def _named(self, job: JobRef) -> JobRef:
        """Return a job with its id, which keys of a version before do not hold."""
        with self._unit_of_work(read_only=True) as work:
            return work.jobs.numbered(job.simulation_id).ref

    def _start(self, job: JobRef) -> None:
        """Move the job along with its first task, for workers that start without a claim."""
        with self._unit_of_work(one_change=True) as work:
            work.jobs.start(job.simulation_id)
            work.commit()
