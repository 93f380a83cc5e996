"""Keep the outputs of a task, also where that can't be done at once."""

import time
from collections.abc import Callable

from domain.errors import SimulationFailed, Unavailable

PATIENCE_SECONDS = 3600.0
PAUSE_SECONDS = 1.0


def keep_patiently(
    put: Callable[[], None],
    given_up: Callable[[], bool],
    patience: float = PATIENCE_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> bool:
    """Put outputs where they wait for the merge; False if that was given up before.

    A full disk or a store that is away is tried again for `patience` seconds: hours of computing
    may be in what is to be kept. Then SimulationFailed says why.
    """
    deadline = time.monotonic() + patience
    while not given_up():
        try:
            put()
        except (OSError, Unavailable) as error:
            if time.monotonic() + pause > deadline:
                raise SimulationFailed(f"The outputs could not be kept: {error}") from error
            time.sleep(pause)
        else:
            return True
    return False
