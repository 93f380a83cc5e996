"""Give a waiting task to the worker that asks for it first."""

from datetime import timedelta

from application.ports.backend import TaskOrder
from application.ports.clock import Clock
from application.ports.task_queue import TaskMessage
from application.ports.unit_of_work import UnitOfWorkFactory


class ClaimTask:
    """Grants a task to one claim, so that a message that comes twice does nothing."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, lease_seconds: float) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lease_seconds = lease_seconds

    def __call__(self, message: TaskMessage, claim_id: str) -> TaskOrder | None:
        """Return what to run, None when the task is not to be run (any more)."""
        now = self._clock.now()
        lease = now + timedelta(seconds=self._lease_seconds)
        simulation_id = message.simulation_id
        with self._unit_of_work() as work:
            # The job before its tasks, as whoever cancels does: two that lock in different orders
            # would wait for each other. Without a commit below the job stays as it is.
            work.jobs.start(simulation_id)
            task = work.jobs.claim_task(
                simulation_id, message.index, message.attempt, claim_id, now, lease
            )
            if task is None:
                return None
            job_input = work.jobs.input_of(simulation_id)
            sim_type = work.jobs.sim_type_of(simulation_id)
            work.commit()
        return TaskOrder(
            sim_type, task.requested_primaries, task.seed, job_input.files, self._lease_seconds
        )
