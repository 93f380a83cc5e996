"""Find work that nobody does any more, and have it done."""

from datetime import timedelta

from application.ports.clock import Clock
from application.ports.executor import Executor
from application.ports.job_repository import LostWork
from application.ports.task_queue import MergeMessage, QueueName, TaskQueue
from application.ports.unit_of_work import UnitOfWorkFactory
from application.settle_job import SettleJob
from domain.job import Job, Task
from domain.states import EntityState

MOST_ATTEMPTS = 4


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
    ) -> None:
        self._unit_of_work = unit_of_work
        self._executor = executor
        self._queue = queue
        self._settle = settle
        self._clock = clock
        self._grace = timedelta(seconds=grace_seconds)

    def __call__(self) -> None:
        """Look once for lost work of every kind."""
        now = self._clock.now()
        with self._unit_of_work() as work:
            lost = work.jobs.lost_tasks(now, now - self._grace)
            unsettled = work.jobs.unsettled()
            merges = work.jobs.lost_merges(now, now - self._grace)
        queue_is_empty = self._queue.length(QueueName.SIMULATIONS) == 0
        for item in lost:
            self._recover(item, queue_is_empty)
        for simulation_id in unsettled:
            self._settle(simulation_id)
        if queue_is_empty:
            for simulation_id in merges:
                self._merge_again(simulation_id)

    def _recover(self, lost: LostWork, queue_is_empty: bool) -> None:
        again: list[Task] = []
        for task in lost.tasks:
            if task.state is EntityState.PENDING:
                # Messages still wait: the task may well be among them.
                if queue_is_empty:
                    again.append(task)
            elif task.attempt >= MOST_ATTEMPTS:
                self._give_up(lost.job, task)
            elif self._retry(lost.job, task):
                again.append(task.next_attempt(self._clock.now()))
        if again:
            with self._unit_of_work() as work:
                indices = [task.index for task in again]
                work.jobs.touch(lost.job.simulation_id, indices, self._clock.now())
                work.commit()
            self._executor.resubmit(lost.job, again)

    def _retry(self, job: Job, task: Task) -> bool:
        now = self._clock.now()
        with self._unit_of_work() as work:
            retried = work.jobs.retry_task(job.simulation_id, task.index, task.attempt, now)
            work.commit()
        return retried

    def _give_up(self, job: Job, task: Task) -> None:
        text = (
            f"Task {task.index} was lost {task.attempt} times: its worker stopped reporting each "
            f"time, last after {task.simulated_primaries} of {task.requested_primaries} primaries."
        )
        now = self._clock.now()
        with self._unit_of_work() as work:
            if work.jobs.fail_task(job.simulation_id, task.index, task.attempt, now):
                work.results.add_logs(job.simulation_id, {f"task_{task.index:04d}_lost.log": text})
                work.commit()
        self._settle(job.simulation_id)

    def _merge_again(self, simulation_id: int) -> None:
        with self._unit_of_work() as work:
            work.jobs.touch_merge(simulation_id, self._clock.now())
            work.commit()
        self._queue.enqueue_merge(MergeMessage(simulation_id))
