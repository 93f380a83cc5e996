"""The keys of a worker: one for all reports of an hour, one for each simulation."""

from entrypoints.composition.worker_keys import KEY_SECONDS, UpdateKeys
from tests.fakes.execution import FixedClock
from tests.fakes.security import PlainTokenIssuer


class Counted(PlainTokenIssuer):
    issued = 0

    def issue_update_key(self, simulation_id: int):  # type: ignore[no-untyped-def]
        self.issued += 1
        return super().issue_update_key(simulation_id)


def test_a_key_is_made_once_an_hour_for_each_simulation() -> None:
    now = [5.0]
    tokens = Counted(FixedClock())
    keys = UpdateKeys(tokens, lambda: now[0])
    texts = [keys(1), keys(1), keys(2), keys(1)]
    assert [tokens.read_update_key(text) for text in texts] == [1, 1, 2, 1]
    assert tokens.issued == 2
    now[0] += KEY_SECONDS
    assert tokens.read_update_key(keys(1)) == 1
    assert tokens.issued == 3
