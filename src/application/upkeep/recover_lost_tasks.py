"""Find work that nobody does any more, and have it done."""

from collections.abc import Sequence
from datetime import timedelta

from application.leases.clock_steps import ClockSteps
from application.merging.settle_job import SettleJob
from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.job_repository import LostWork
from application.ports.task_queue import MergeMessage, TaskMessage, TaskQueue, WaitingWork
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.errors import QueueUnavailable
from domain.job import Job, JobRef, Task
from domain.states import EntityState

MOST_LOSSES = 4


class RecoverLostTasks:
    """Puts lost tasks and merges back in the queue; gives a task up after some attempts."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        executor: Executor,
        queue: TaskQueue,
        settle: SettleJob,
        clock: Clock,
        grace_seconds: float,
        clock_steps: ClockSteps | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._executor = executor
        self._queue = queue
        self._settle = settle
        self._clock = clock
        self._grace = timedelta(seconds=grace_seconds)
        self._clock_steps = clock_steps or ClockSteps(clock, grace_seconds)

    def __call__(self) -> None:
        """Look once for lost work of every kind."""
        with self._unit_of_work() as work:
            unsettled = work.jobs.unsettled()
        for job in unsettled:
            self._settle(job)
        if self._clock_steps.leases_hold():
            self._recover()

    def _recover(self) -> None:
        now = self._clock.now()
        # A lease that ends later than one given now was given before the clock was set back.
        since, beyond = now - self._grace, now + 2 * self._grace
        with self._unit_of_work() as work:
            lost = work.jobs.lost_tasks(now, since, beyond)
            merges = work.jobs.lost_merges(now, since, beyond)
        for item in lost:
            self._retry_silent(item)
        self._enqueue_forgotten(lost, merges)

    def _retry_silent(self, lost: LostWork) -> None:
        """Start the next attempt of tasks whose lease ran out."""
        again: list[Task] = []
        for task in lost.tasks:
            if task.state is EntityState.PENDING:
                continue
            if task.losses + 1 >= MOST_LOSSES:
                self._give_up(lost.job, task)
            elif self._retry(lost.job, task):
                again.append(task.next_attempt(self._clock.now()))
        if again:
            self._executor.resubmit(lost.job, again)

    def _enqueue_forgotten(self, lost: Sequence[LostWork], merges: Sequence[JobRef]) -> None:
        """Enqueue what has waited long and is not in the queue (any more).

        Hours in a long queue are normal and must not multiply messages: the queue is asked.
        """
        pending = [(item.job, _pending(item.tasks)) for item in lost]
        pending = [(job, tasks) for job, tasks in pending if tasks]
        if not pending and not merges:
            return
        try:
            waiting = frozenset(self._queue.waiting_work())
        except QueueUnavailable:
            return
        for job, tasks in pending:
            self._touch(job, tasks)
            missing = [task for task in tasks if _message(job, task) not in waiting]
            if missing:
                self._executor.resubmit(job, missing)
        for merge in merges:
            self._merge_again(merge, waiting)

    def _touch(self, job: Job, tasks: Sequence[Task]) -> None:
        """Note that these tasks were looked for, so that they are left alone for a while."""
        with self._unit_of_work() as work:
            indices = [task.index for task in tasks]
            work.jobs.touch(job.simulation_id, indices, self._clock.now())
            work.commit()

    def _retry(self, job: Job, task: Task) -> bool:
        now = self._clock.now()
        with self._unit_of_work() as work:
            retried = work.jobs.retry_task(job.simulation_id, task.index, task.attempt, now)
            work.commit()
        return retried

    def _give_up(self, job: Job, task: Task) -> None:
        text = (
            f"Task {task.index} was lost {task.losses + 1} times: its worker stopped reporting "
            f"each time, last after {task.simulated_primaries} of {task.requested_primaries} "
            "primaries."
        )
        now = self._clock.now()
        with self._unit_of_work() as work:
            if work.jobs.fail_task(job.simulation_id, task.index, task.attempt, now):
                work.results.add_logs(job.simulation_id, {f"task_{task.index:04d}_lost.log": text})
                work.commit()
        self._settle(job.ref)

    def _merge_again(self, job: JobRef, waiting: WaitingWork) -> None:
        with self._unit_of_work() as work:
            work.jobs.touch_merge(job.simulation_id, self._clock.now())
            work.commit()
        if MergeMessage(job) not in waiting:
            self._queue.enqueue_merge(MergeMessage(job))


def _pending(tasks: Sequence[Task]) -> list[Task]:
    return [task for task in tasks if task.state is EntityState.PENDING]


def _message(job: Job, task: Task) -> TaskMessage:
    return TaskMessage(job.ref, task.index, task.attempt)
