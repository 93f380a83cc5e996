"""What the user is told of a job's way through its cluster, as a log file of the job."""

from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.job import Job
from domain.states import EntityState

CLUSTER_LOG = "cluster.log"


class BatchLog:
    """Writes the log of a job when there is something new, and ends jobs that can't go on."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._last: dict[int, str] = {}

    def note(self, simulation_id: int, text: str) -> None:
        """Show `text` as the state of things; the same text again is not written again."""
        if text == self._last.get(simulation_id, ""):
            return
        with self._unit_of_work() as work:
            now = f"{self._clock.now():%Y-%m-%d %H:%M:%S} UTC"
            work.results.add_logs(simulation_id, {CLUSTER_LOG: f"{now}\n{text}\n"})
            work.commit()
        self._last[simulation_id] = text

    def forget(self, simulation_id: int) -> None:
        """Forget what was said last of a job."""
        self._last.pop(simulation_id, None)

    def fail(self, job: Job, text: str) -> None:
        """End a job with all its tasks that are not over, and say why."""
        now = self._clock.now()
        self.note(job.simulation_id, text)
        with self._unit_of_work() as work:
            for task in job.tasks:
                work.jobs.fail_task(job.simulation_id, task.index, task.attempt, now)
            work.jobs.move(job.simulation_id, EntityState.FAILED, now)
            work.commit()
