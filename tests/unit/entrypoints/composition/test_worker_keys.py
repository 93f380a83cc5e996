"""The keys of a worker: one for all reports of an hour, one for each simulation."""

from domain.job import JobRef
from entrypoints.composition.worker_keys import KEY_SECONDS, UpdateKeyMaker
from tests.fakes.execution import FixedClock
from tests.fakes.security import PlainTokenIssuer
from tests.job_refs import job_ref


class Counted(PlainTokenIssuer):
    issued = 0

    def issue_update_key(self, job: JobRef):  # type: ignore[no-untyped-def]
        self.issued += 1
        return super().issue_update_key(job)


def test_a_key_is_made_once_an_hour_for_each_simulation() -> None:
    now = [5.0]
    tokens = Counted(FixedClock())
    keys = UpdateKeyMaker(tokens, lambda: now[0])
    texts = [keys(job_ref(number)) for number in (1, 1, 2, 1)]
    assert [tokens.read_update_key(text).job.simulation_id for text in texts] == [1, 1, 2, 1]
    assert tokens.issued == 2
    now[0] += KEY_SECONDS
    assert tokens.read_update_key(keys(job_ref(1))).job == job_ref(1)
    assert tokens.issued == 3
