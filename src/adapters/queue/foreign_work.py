"""What one worker knows to be for others, so that it need not ask about each message."""

import time
from collections.abc import Callable
from typing import Any

REMEMBERED_SECONDS = 10.0
"""How long other workers are taken to have a simulator before the API is asked again."""


class ForeignWork:
    """Remembers the simulations whose tasks run elsewhere, each for a while."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until: dict[tuple[str, int], float] = {}

    def note(self, work: Any) -> None:
        """Remember that messages like this one are for other workers."""
        now = self._monotonic()
        self._until = {kind: until for kind, until in self._until.items() if until > now}
        self._until[_kind(work)] = now + REMEMBERED_SECONDS

    def has(self, work: Any) -> bool:
        """Say whether a message is for other workers, as far as is known."""
        return bool(self._until) and self._until.get(_kind(work), 0.0) > self._monotonic()


def _kind(work: Any) -> tuple[str, int]:
    """Return what is to be done to which simulation."""
    return work.name, work.args[0]
