"""Give the merge of a job to one worker, and let it hold on to it."""

from datetime import timedelta

from application.merging.partial_results import completed_tasks
from application.ports.backend import MergeOrder
from application.ports.clock import Clock
from application.ports.unit_of_work import UnitOfWorkFactory
from domain.job import JobRef


class ClaimMerge:
    """Grants a merge to one claim; a merge whose worker died is granted again."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, lease_seconds: float) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lease_seconds = lease_seconds

    def __call__(self, job: JobRef, claim_id: str) -> MergeOrder | None:
        """Return what to merge, None when it is not to be merged (any more)."""
        now = self._clock.now()
        lease = now + timedelta(seconds=self._lease_seconds)
        with self._unit_of_work(one_change=True) as work:
            if not work.jobs.claim_merge(job.simulation_id, claim_id, now, lease):
                return None
            work.commit()
        with self._unit_of_work(read_only=True) as work:
            found = work.jobs.by_simulation_id(job.simulation_id)
            files = work.jobs.input_of(job.simulation_id).files
        return MergeOrder(found.sim_type, files, completed_tasks(found), self._lease_seconds)

    def renew(self, job: JobRef, claim_id: str) -> bool:
        """Extend a claim; False when it was lost."""
        lease = self._clock.now() + timedelta(seconds=self._lease_seconds)
        with self._unit_of_work(one_change=True) as work:
            held = work.jobs.renew_merge(job.simulation_id, claim_id, lease)
            work.commit()
        return held
