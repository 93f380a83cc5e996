"""How the primaries of a job are shared among its tasks."""

from domain.errors import InvalidInput

MOST_PRIMARIES = 10**12
MOST_TASKS = 10_000


def clamp_tasks(primaries: int, ntasks: int) -> int:
    """Return the number of tasks for a job: 1 to `primaries`, so that no task is idle.

    Raises InvalidInput when either number makes no sense.
    """
    if not 1 <= primaries <= MOST_PRIMARIES:
        raise InvalidInput(
            "numberOfParticles",
            f"the number of primaries must be from 1 to {MOST_PRIMARIES}, not {primaries}",
        )
    if not 1 <= ntasks <= MOST_TASKS:
        raise InvalidInput("ntasks", f"must be from 1 to {MOST_TASKS}, not {ntasks}")
    return min(ntasks, primaries)


def share_primaries(primaries: int, ntasks: int) -> list[int]:
    """Share `primaries` among `ntasks` tasks; shares differ by one at most and none is lost.

    10 000 over 15 tasks is ten of 667 and five of 666.
    """
    ntasks = clamp_tasks(primaries, ntasks)
    share, rest = divmod(primaries, ntasks)
    return [share + 1] * rest + [share] * (ntasks - rest)
