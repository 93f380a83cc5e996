"""Give a waiting task to the worker that asks for it first."""

from datetime import datetime, timedelta

from application.ports.backend import NOTHING, Lacking, TaskOrder
from application.ports.clock import Clock
from application.ports.task_queue import TaskMessage
from application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from application.simulators.worker_notes import LATELY
from domain.errors import RunsElsewhere
from domain.states import EntityState


class ClaimTask:
    """Grants a task to one claim, so that a message that comes twice does nothing."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, lease_seconds: float) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lease_seconds = lease_seconds

    def __call__(
        self, message: TaskMessage, claim_id: str, lacking: Lacking = NOTHING
    ) -> TaskOrder | None:
        """Return what to run, None when the task is not to be run (any more).

        RunsElsewhere leaves the task as it was: the worker lacks its simulator, and another has it.
        One that nobody has is granted, so that the worker says why it can't be run.
        """
        now = self._clock.now()
        lease = now + timedelta(seconds=self._lease_seconds)
        simulation_id = message.job.simulation_id
        with self._unit_of_work(read_only=True) as work:
            job = work.jobs.work_of(simulation_id)
            if job is None:
                return None
            elsewhere = job.sim_type in lacking.simulators and (
                lacking.others_expected or _somebody_has(work, job.sim_type, now)
            )
        with self._unit_of_work(one_change=not elsewhere) as work:
            task = work.jobs.claim_task(
                simulation_id, message.index, message.attempt, claim_id, now, lease
            )
            if task is None:
                return None
            if elsewhere:
                raise RunsElsewhere(job.sim_type)
            work.commit()
        if job.state is EntityState.PENDING:
            self._start(simulation_id)
        return TaskOrder(
            job.sim_type, task.requested_primaries, task.seed, job.files, self._lease_seconds
        )

    def _start(self, simulation_id: int) -> None:
        """Let the job follow its first task; the next claim does it if this one dies here."""
        with self._unit_of_work(one_change=True) as work:
            work.jobs.start(simulation_id)
            work.commit()


def _somebody_has(work: UnitOfWork, sim_type: str, now: datetime) -> bool:
    return any(sim_type in seen.note.simulators for seen in work.workers.seen_since(now - LATELY))
